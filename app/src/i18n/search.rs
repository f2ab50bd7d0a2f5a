//! Finding things, and the list of shortcuts.

messages! {
    TITLE = "Search", "搜索";
    INTRO = "Clusters, virtual servers, real servers, machines, pages, actions and the manual: by name, address, port, firewall mark or note.", "集群、虚拟服务器、真实服务器、机器、页面、操作和手册：可按名称、地址、端口、防火墙标记或备注查找。";
    WHAT = "What are you looking for?", "要查找什么？";
    FIND = "Search", "搜索";
    GO_TO = "Go to…", "转到…";
    GO_TO_HINT = "Go to a cluster, server, page or action", "转到集群、服务器、页面或操作";
    RESULTS = "Results", "结果";
    NOTHING = "Nothing fits “{q}”", "没有与“{q}”匹配的内容";
    NOTHING_WHY = "Every word must occur in a name, an address, a port or a note. Type less of it, or look at all clusters.", "每个词都必须出现在名称、地址、端口或备注中。请输入更少的内容，或查看所有集群。";
    MORE = "{n} more fits; type more of it.|{n} more fit; type more of it.", "还有 {n} 项匹配；请输入更多内容。";
    REMOVED = "removed in the draft", "草稿中已删除";
    KIND_PAGE = "Page", "页面";
    KIND_ACTION = "Action", "操作";
    KIND_CLUSTER = "Cluster", "集群";
    KIND_SERVICE = "Virtual server", "虚拟服务器";
    KIND_SERVER = "Real server", "真实服务器";
    KIND_MACHINE = "Machine", "机器";
    KIND_CHAPTER = "Manual", "手册";
    ACTION_NEW_CLUSTER = "New cluster", "新建集群";
    ACTION_IMPORT = "Import a cluster from a file", "从文件导入集群";
    ACTION_NEW_MACHINE = "Enrol a director or real server", "登记调度器或真实服务器";
    ACTION_NEW_SERVICE = "Add a virtual server", "添加虚拟服务器";
    ACTION_STOP = "Stop the cluster", "停止集群";
    ACTION_START = "Start the cluster", "启动集群";
    ACTION_REVIEW = "Review and apply changes", "查看并应用变更";
    ACTION_EXPORT = "Export as `lvs.cf`", "导出为 `lvs.cf`";
    ACTION_BACKUP = "Make a backup", "立即备份";
    ACTION_PASSWORD = "Change password", "修改密码";
    KEYS_TITLE = "Keyboard shortcuts", "键盘快捷键";
    KEYS_CLOSE = "Close", "关闭";
    KEYS_ANYWHERE = "Anywhere", "任何页面";
    KEYS_PLACES = "Go to a place", "转到某处";
    KEYS_CLUSTER = "Within a cluster", "集群之内";
    KEY_SEARCH = "Search and go to anything", "搜索并转到任何内容";
    KEY_FILTER = "Filter the list on this page", "筛选本页列表";
    KEY_THESE = "Show these shortcuts", "显示这些快捷键";
    KEY_CLOSE = "Close a menu or dialog", "关闭菜单或对话框";
    KEYS_HOW = "Press two keys one after the other, within two seconds. Shortcuts are silent while you type in a field.", "两个键在两秒内依次按下。在输入框中输入时快捷键不起作用。";
}
