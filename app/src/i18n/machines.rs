//! Real servers by address: one machine in many virtual servers.

messages! {
    TITLE = "Real servers", "真实服务器";
    TABLE = "Real servers by address, as drafted", "草稿中按地址列出的真实服务器";
    FILTER = "Filter by address, name or virtual server", "按地址、名称或虚拟服务器筛选";
    EMPTY_TITLE = "No real server yet", "还没有真实服务器";
    EMPTY_TEXT = "Real servers are added to a virtual server. Here each stands once, however many virtual servers it answers for.", "真实服务器在虚拟服务器中添加。无论它应答多少个虚拟服务器，在此处都只列出一次。";
    EMPTY_NEXT = "To the virtual servers", "转到虚拟服务器";
    FILTER_NOTHING_TEXT = "Real servers are found by their address, by the names that they have, and by the virtual servers that they answer for.", "可按地址、名称，以及所应答的虚拟服务器查找真实服务器。";
    COL_STATE = "State", "状态";
    COL_NAMES = "Name", "名称";
    COL_SERVICES = "Virtual servers", "虚拟服务器";
    COL_ACTIVE = "Active in", "已激活";
    COL_WEIGHT = "Weight", "权重";
    COL_SERVICE = "Virtual server", "虚拟服务器";
    COL_NAME_HERE = "Name there", "其中的名称";
    COL_VIP = "Clients connect to", "客户端连接到";
    COL_PORT = "Port", "端口";
    COL_CONFIGURED = "Configured", "配置";
    COL_TICK = "Ticked", "选中";
    ACTIVE_OF = "{active} of {all}", "{all} 个中 {active} 个";
    NOT_APPLIED = "not applied", "未应用";
    NAMES_MORE = "{name} and {n} more", "{name} 等另外 {n} 个";
    MACHINE_TITLE = "Real server {address}", "真实服务器 {address}";
    MACHINE_INTRO = "It answers for {n} virtual server. What you change here changes in the ticked ones, in one edit of the draft.|It answers for {n} virtual servers. What you change here changes in the ticked ones, in one edit of the draft.", "它应答 {n} 个虚拟服务器。此处的更改将一次性写入草稿中选中的虚拟服务器。";
    WHICH = "In which virtual servers?", "在哪些虚拟服务器中？";
    MACHINE_TABLE = "Virtual servers that it answers for", "它所应答的虚拟服务器";
    TICK = "Change it in {service}", "在 {service} 中更改";
    Q_SHARE = "What share does it take?", "它承担多少份额？";
    SET_WEIGHT = "Set weight", "设置权重";
    DRAIN = "Drain: weight 0", "排空：权重 0";
    Q_TAKES_PART = "Does it take part?", "是否参与服务？";
    Q_CALLED = "What is it called?", "它叫什么？";
    RENAME = "Rename", "重命名";
    DONE_WEIGHT = "Set the weight of {address} to {weight} in {n} virtual server of the draft.|Set the weight of {address} to {weight} in {n} virtual servers of the draft.", "已在草稿的 {n} 个虚拟服务器中将 {address} 的权重设为 {weight}。";
    DONE_ACTIVATE = "Activated {address} in {n} virtual server of the draft.|Activated {address} in {n} virtual servers of the draft.", "已在草稿的 {n} 个虚拟服务器中激活 {address}。";
    DONE_DEACTIVATE = "Deactivated {address} in {n} virtual server of the draft.|Deactivated {address} in {n} virtual servers of the draft.", "已在草稿的 {n} 个虚拟服务器中停用 {address}。";
    DONE_RENAME = "Renamed {address} to {name} in {n} virtual server of the draft.|Renamed {address} to {name} in {n} virtual servers of the draft.", "已在草稿的 {n} 个虚拟服务器中将 {address} 重命名为 {name}。";
    NOTHING_TICKED = "Nothing is ticked: tick at least one virtual server.", "未选中任何项目：请至少选中一个虚拟服务器。";
    MOVED = "Somebody else changed this real server while you looked at it. What it is now stands below; do it again if you still mean it.", "您查看期间，有人更改了此真实服务器。当前值如下；如仍需更改，请再次提交。";
}
