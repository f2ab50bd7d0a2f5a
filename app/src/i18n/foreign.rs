//! Entries of a director's table that somebody else made.

messages! {
    TITLE = "Entries made by somebody else", "他人创建的条目";
    INTRO = "The director found these in its table and leaves them alone. Adopt what belongs to the cluster, ignore what is right as it is, remove what is left over.", "调度器在表中发现了这些条目，并未改动。属于集群的请接管，本该如此的请忽略，残留的请删除。";
    AWAY = "The director is away: only ignoring works now.", "调度器失联：现在只能忽略。";
    COL_ENTRY = "Entry", "条目";
    COL_STATE = "State", "状态";
    FOREIGN = "Somebody else's", "他人的";
    IGNORED = "Ignored", "已忽略";
    ADOPTING = "Ours as soon as it is applied", "应用后归本集群";
    ADOPT = "Adopt", "接管";
    IGNORE = "Ignore", "忽略";
    HEED = "No longer ignore", "不再忽略";
    REMOVE = "Remove", "删除";
    MORE = "There is {n} more.|There are {n} more.", "另有 {n} 个。";
    ADOPT_TITLE = "Adopt {entry} of {name}?", "接管 {name} 的 {entry}？";
    ADOPT_DRAFT = "It is put into the cluster's draft as a virtual server, checked by a connection. Until the draft is applied nothing changes.", "它将作为虚拟服务器加入集群草稿，以建立连接的方式检查。应用草稿之前不会有任何更改。";
    ADOPT_THEN = "Applied, it is the cluster's: connections go on, and from then on the console changes and removes it.", "应用后归集群所有：连接不受影响，此后由控制台更改和删除。";
    ADOPT_VERB = "Adopt {entry}", "接管 {entry}";
    ADOPTED = "{entry} is in the draft.", "{entry} 已加入草稿。";
    ADOPTED_ALREADY = "{entry} is the cluster's as soon as the draft is applied.", "应用草稿后，{entry} 即归集群所有。";
    REMOVE_TITLE = "Remove {entry} from {name}?", "从 {name} 删除 {entry}？";
    REMOVE_CUT = "Connections that go through it are cut at once.", "经过它的连接会立即中断。";
    REMOVE_BACK = "Whoever made it is not asked, and may make it again. There is no way back but by hand: copy the commands below.", "不会询问创建者，对方也可能再次创建。只能手工恢复：请先复制下面的命令。";
    REMOVE_VERB = "Remove {entry}", "删除 {entry}";
    REMOVED = "Removed {entry} from {name}.", "已从 {name} 删除 {entry}。";
    IGNORED_DONE = "{entry} is ignored from now on.", "今后将忽略 {entry}。";
    HEEDED = "{entry} is shown again.", "将重新显示 {entry}。";
    GONE = "{entry} is no longer there.", "{entry} 已不存在。";
    FAILED = "{name} did not do it: {why}", "{name} 未能完成：{why}";
    NO_WORDS = "{entry} cannot be adopted: the console has no words for some of what it is.", "无法接管 {entry}：控制台无法表示它的某些属性。";
    NOT_TAKEN = "{entry} does not fit into the cluster’s draft: {why}", "{entry} 无法加入集群草稿：{why}";
}
