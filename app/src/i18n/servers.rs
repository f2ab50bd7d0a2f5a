//! Real servers of a virtual server.

messages! {
    TITLE = "Real servers of {name}", "{name} 的真实服务器";
    TABLE = "Real servers, as drafted", "草稿中的真实服务器";
    ADD = "Add real server", "添加真实服务器";
    EMPTY_TITLE = "No real server yet", "还没有真实服务器";
    EMPTY_TEXT = "Real servers answer the clients of this virtual server. Without one, the sorry server answers, or nobody.", "真实服务器应答本虚拟服务器的客户端。没有真实服务器时，由致歉服务器应答，或无人应答。";
    COL_STATUS = "Status", "状态";
    COL_PORT = "Port", "端口";
    COL_WEIGHT = "Weight", "权重";
    COL_FORWARDING = "Forwarding", "转发方式";
    COL_LIMITS = "Limits", "连接数限制";
    SAME_PORT = "same", "相同";
    NEW_TITLE = "Add a real server to {name}", "为 {name} 添加真实服务器";
    Q_WHO = "Which server is it?", "是哪台服务器？";
    Q_SHARE = "What share does it take?", "它承担多少份额？";
    Q_REACHED = "How do packets reach it?", "数据包如何到达它？";
    Q_TAKES_PART = "Does it take part?", "是否参与服务？";
    LIMIT_UPPER = "up to {upper}", "至多 {upper}";
    LIMIT_BOTH = "up to {upper}, again below {lower}", "至多 {upper}，低于 {lower} 时恢复";
    ADDED = "Added real server {name} to the draft.", "已将真实服务器 {name} 加入草稿。";
    ANOTHER = "Add another", "再添加一台";
    DELETE_ROW = "Delete this real server.", "删除此真实服务器。";
    DELETE_TITLE = "Delete real server {name}?", "删除真实服务器 {name}？";
    DELETE_VERB = "Delete real server {name}", "删除真实服务器 {name}";
    DELETE_LAST = "It is the last active real server of {service}: nobody answers its clients then.", "它是 {service} 最后一台已激活的真实服务器：此后将无人应答客户端。";
    DELETE_LAST_SORRY = "It is the last active real server of {service}: the sorry server answers its clients then.", "它是 {service} 最后一台已激活的真实服务器：此后由致歉服务器应答客户端。";
    DELETE_LIVE = "It is applied: directors keep it until you apply this change; then its connections end. To let them finish first, set its weight to 0.", "它已应用：调度器会保留到您应用此变更；应用后其连接将结束。若要先让连接结束，请把权重设为 0。";
    DELETE_NOT_LIVE = "It is not applied; no client notices.", "它未被应用；客户端不会受影响。";
    FILTER_NOTHING_TEXT = "Real servers are found by name, address, port and note.", "可按名称、地址、端口和备注查找真实服务器。";
    DELETED = "Deleted real server {name} from the draft.", "已从草稿中删除真实服务器 {name}。";
}
