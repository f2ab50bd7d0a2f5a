//! What surrounds a machine's table.

messages! {
    TITLE = "Around the table", "表之外的设置";
    INTRO = "Addresses, sysctls, packet filter rules and tunnels that the cluster needs on this machine, as its agent read them back.", "集群在这台机器上需要的地址、内核参数、包过滤规则和隧道，由其 agent 读回核实。";
    COL_WHAT = "What", "类别";
    COL_NAME = "Name", "名称";
    COL_STATE = "State", "状态";
    FAILED = "Not as it should be", "不符合要求";
    FOREIGN = "There before the agent", "原本就有";
    APPLIED = "Applied", "已应用";
    ADDRESS = "Address", "地址";
    SYSCTL = "Sysctl", "内核参数";
    RULES = "Packet filter rules", "包过滤规则";
    TUNNEL = "Tunnel", "隧道";
    ENCAP_PORT = "Tunnel port", "隧道端口";
    GATEWAY = "Default gateway", "默认网关";
    MORE = "There is {n} more.|There are {n} more.", "另有 {n} 项。";
}
