//! Many virtual servers at once, and copies of one.

messages! {
    TICK = "Tick {name}", "选中 {name}";
    COL_TICK = "Ticked", "选中";
    TICKED_N = "{n} ticked", "已选 {n} 项";
    BAR = "With the ticked virtual servers", "对选中的虚拟服务器";
    ALL_HERE = "All on this page", "本页全部";
    ALL_MATCHING = "All {n} that match, on every page", "所有页面上匹配的全部 {n} 个";
    DELETE = "Delete…", "删除…";
    NOTHING_TICKED = "Nothing was ticked: tick the virtual servers first.", "未选中任何项目：请先选中虚拟服务器。";
    ACTIVATED = "Activated {n} virtual server in the draft.|Activated {n} virtual servers in the draft.", "已在草稿中激活 {n} 个虚拟服务器。";
    DEACTIVATED = "Deactivated {n} virtual server in the draft.|Deactivated {n} virtual servers in the draft.", "已在草稿中停用 {n} 个虚拟服务器。";
    DELETE_MOVED = "Somebody else has changed some of them since you were asked, and nothing was deleted. Look at them as they are now.", "在询问之后，有人更改了其中一些，因此没有删除任何内容。请查看现在的内容。";
    DELETED = "Deleted {n} virtual server from the draft.|Deleted {n} virtual servers from the draft.", "已从草稿中删除 {n} 个虚拟服务器。";
    UNCHANGED = "Nothing was changed: all of them were so already.", "没有任何更改：它们原本就是如此。";
    REFUSED = "Nothing was changed. {why}", "未做任何更改。{why}";
    REFUSED_MORE = "… and {n} more.", "……以及另外 {n} 项。";
    DELETE_TITLE = "Delete {n} virtual server?|Delete {n} virtual servers?", "删除 {n} 个虚拟服务器？";
    DELETE_VERB = "Delete {n} virtual server|Delete {n} virtual servers", "删除 {n} 个虚拟服务器";
    DELETE_NAMES_MORE = "{names} and {n} more", "{names} 以及另外 {n} 个";
    DELETE_SERVERS = "Their {n} real server goes from the draft with them.|Their {n} real servers go from the draft with them.", "其 {n} 台真实服务器将一并从草稿中删除。";
    DELETE_LIVE = "{n} of them is applied: directors keep it until you apply this change; then its connections end.|{n} of them are applied: directors keep them until you apply this change; then their connections end.", "其中 {n} 个已应用：调度器会保留到您应用此变更；应用后其连接将结束。";
    DELETE_NOT_LIVE = "None of them is applied; no client notices.", "均未被应用；客户端不会受影响。";
    COPY_TITLE = "Copy virtual server {name}", "复制虚拟服务器 {name}";
    COPY_INTRO = "The copy has its {n} real server, its check and everything else.|The copy has its {n} real servers, its check and everything else.", "副本包含其 {n} 台真实服务器、健康检查及其他所有设置。";
    COPY_WHERE = "Into which cluster?", "复制到哪个集群？";
    COPY_CLUSTER = "Cluster", "集群";
    COPY_HERE = "{name} (this one)", "{name}（本集群）";
    COPY_CHOOSE = "Choose", "选择";
    COPY_AS = "What is different?", "有何不同？";
    COPY_METHODS = "Real servers without a forwarding method of their own follow their cluster's: {from} before, {to} there.", "未单独指定转发方式的真实服务器沿用所在集群的方式：原为{from}，复制后为{to}。";
    COPY_VERB = "Copy to the draft of {name}", "复制到 {name} 的草稿";
    COPIED = "Copied to the draft of {cluster} as {name}.", "已作为 {name} 复制到 {cluster} 的草稿。";
    COPY_REFUSED = "Real server {value}: {why}", "真实服务器 {value}：{why}";
}
