//! Clusters: list, create, rename, delete.

messages! {
    TITLE = "Clusters", "集群";
    INTRO = "A cluster is a set of directors that serve the same virtual servers.", "集群是一组共同承载相同虚拟服务器的调度器。";
    TABLE = "Clusters", "集群";
    COL_SERVICES = "Virtual servers", "虚拟服务器";
    COL_GENERATION = "Applied", "已应用";
    COL_CHANGES = "Changes", "变更";
    GENERATION = "generation {n}", "第 {n} 代";
    NEVER = "never", "从未";
    PENDING = "not applied yet", "尚未应用";
    NO_CHANGES = "none", "无";
    NEW = "New cluster", "新建集群";
    IMPORT = "Import lvs.cf", "导入 lvs.cf";
    EMPTY_TITLE = "No cluster yet", "还没有集群";
    EMPTY_TEXT = "Create an empty cluster, or hand in the lvs.cf of an old Piranha. Nothing reaches a director before you apply it.", "新建一个空集群，或导入旧 Piranha 的 lvs.cf。应用之前，任何内容都不会到达调度器。";
    NONE_TITLE = "No cluster for you yet", "还没有您可以查看的集群";
    NONE_TEXT = "You see the clusters that you have a role in. An administrator can give you one.", "您只能看到您拥有角色的集群。管理员可以授予您角色。";
    NEW_TITLE = "New cluster", "新建集群";
    NEW_INTRO = "It begins empty and stopped. Add virtual servers next.", "新集群是空的，处于停止状态。下一步添加虚拟服务器。";
    NEW_NAME = "What is it called?", "它叫什么？";
    CREATE = "Create cluster", "创建集群";
    CREATED = "Created cluster {name}.", "已创建集群 {name}。";
    EDIT_TITLE = "Cluster {name}", "集群 {name}";
    RENAME_GROUP = "What is it called?", "它叫什么？";
    RENAME = "Rename", "重命名";
    RENAMED = "Renamed to {name} in the draft.", "草稿中已重命名为 {name}。";
    EDIT = "Rename or delete", "重命名或删除";
    DELETE = "Delete cluster", "删除集群";
    DELETE_ROW = "Delete this cluster with its draft, its history and its directors.", "删除本集群及其草稿、历史和调度器。";
    DELETE_TITLE = "Delete cluster {name}?", "删除集群 {name}？";
    DELETE_VERB = "Delete cluster {name}", "删除集群 {name}";
    DELETE_SERVICES = "The configuration of {n} virtual server is lost for good, with its history.|The configuration of {n} virtual servers is lost for good, with their history.", "{n} 个虚拟服务器的配置及其历史将永久丢失。";
    DELETE_DIRECTORS = "{n} director is revoked: its agent can no longer connect and must be enrolled anew.|{n} directors are revoked: their agents can no longer connect and must be enrolled anew.", "{n} 台调度器将被吊销：其代理程序无法再连接，须重新登记。";
    DELETE_RUNNING = "The cluster is running. The directors go on serving what they have; nobody can change or stop it from here. Stop the cluster first if clients should no longer be served.", "集群正在运行。调度器会继续提供现有服务，而这里再也无法更改或停止它们。若不应再服务客户端，请先停止集群。";
    DELETE_STOPPED = "The cluster does not run; no client is cut off.", "集群未运行；不会切断任何客户端。";
    DELETED = "Deleted cluster {name}.", "已删除集群 {name}。";
}
