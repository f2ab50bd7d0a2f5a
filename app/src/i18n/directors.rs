//! Directors: enrolling, watching, revoking.

use super::Lang;

messages! {
    TITLE = "Directors", "调度器";
    INTRO = "A director runs `arapaima-agent`, which makes it do what its cluster says. Agents dial the console; the console never dials in.", "调度器上运行 `arapaima-agent`，使其按所属集群的配置工作。由 agent 连接控制台；控制台从不主动连入。";
    ADD = "Add a director", "添加调度器";
    EMPTY_TITLE = "No director yet", "还没有调度器";
    EMPTY_TEXT = "A director is the machine that carries the virtual addresses. Add one, then run the command that the console shows on it.", "调度器是承载虚拟地址的机器。请添加一台，然后在其上运行控制台给出的命令。";
    NO_CLUSTER_TITLE = "A director needs a cluster", "调度器需要所属集群";
    NO_CLUSTER_TEXT = "Every director belongs to one cluster. Create a cluster or import an lvs.cf first.", "每台调度器属于一个集群。请先创建集群或导入 `lvs.cf`。";
    CREATE_CLUSTER = "Create a cluster", "创建集群";
    COL_NAME = "Name", "名称";
    COL_CLUSTER = "Cluster", "集群";
    COL_STATE = "State", "状态";
    COL_SEEN = "Last seen", "最近在线";
    COL_GENERATION = "Generation", "配置代";
    COL_DATA_PLANE = "Data plane", "数据面";
    NEW_TITLE = "Add a director", "添加调度器";
    NAME = "Name", "名称";
    COL_ROLE = "Role", "角色";
    ROLE = "Role", "角色";
    ROLE_DIRECTOR = "Director", "调度器";
    ROLE_DIRECTOR_HELP = "It carries the virtual addresses and balances.", "承载虚拟地址并进行负载均衡。";
    ROLE_REAL_SERVER = "Real server", "真实服务器";
    ROLE_REAL_SERVER_HELP = "It serves. Its agent puts the virtual addresses on loopback, keeps them from ARP and takes tunnels in, all of it undone when it leaves. Not needed for masquerading (NAT).", "提供服务。其 agent 把虚拟地址放到回环接口、不让其应答 `ARP`，并接收隧道；离开时全部撤销。使用伪装（NAT）时不需要。";
    NAME_HELP = "A label, for example the host's name.", "标签，例如主机名。";
    CLUSTER = "Cluster", "集群";
    CLUSTER_HELP = "A director belongs to one cluster for good.", "调度器永久属于一个集群。";
    CREATE = "Add and show the command", "添加并显示命令";
    CREATED = "Director {name} added. Run the command below on it.", "已添加调度器 {name}。请在其上运行下面的命令。";
    ENROL = "Enrolment", "登记";
    ENROL_TEXT = "Run this once on {name}, within one hour. The token works a single time, for this director alone, and pins this console's certificate authority.", "请在一小时内于 {name} 上运行一次。令牌仅可使用一次、仅对此调度器有效，并绑定本控制台的 CA。";
    ENROL_ONCE = "The token is shown this once: leaving the page hides it for good. You can always make a new one.", "令牌只显示这一次：离开本页后将无法再看到。您可随时生成新的令牌。";
    ENROL_EXPIRES = "Valid until {when}.", "有效期至 {when}。";
    ENROL_COMMAND = "Command to run on the director", "在调度器上运行的命令";
    ENROL_AGAIN = "An enrolled director needs no token to reconnect or to renew its certificate. Make a new one to enrol a replacement machine or after its state directory was lost.", "已登记的调度器重新连接或续期证书都不需要令牌。更换机器或其状态目录丢失时，请生成新令牌。";
    ENROL_PENDING = "Waiting for the agent. Make a token, then run the command on the director.", "正在等待 agent 登记。请生成令牌，然后在调度器上运行命令。";
    NEW_TOKEN = "Make a new token", "生成新令牌";
    STATE = "State", "状态";
    CONNECTED = "Connected", "已连接";
    AWAY = "Away", "失联";
    NOT_ENROLLED = "Not enrolled", "未登记";
    REVOKED = "Revoked", "已吊销";
    LAST_SEEN = "Last seen", "最近在线";
    CERTIFICATE = "Certificate", "证书";
    CERTIFICATE_UNTIL = "valid until {when}, renews by itself", "有效期至 {when}，自动续期";
    CERTIFICATE_EXPIRED = "expired on {when}: enrol again", "已于 {when} 过期：请重新登记";
    FINGERPRINT = "Fingerprint (SHA-256)", "指纹（SHA-256）";
    AGENT_VERSION = "Agent version", "Agent 版本";
    HOST_NAME = "Host name", "主机名";
    DATA_PLANE = "Data plane", "数据面";
    DATA_PLANE_USER = "user space", "用户态";
    DATA_PLANE_KERNEL = "kernel (IPVS)", "内核（IPVS）";
    DATA_PLANE_SIMULATED = "simulated", "模拟";
    DATA_PLANE_WHY = "Chosen because: {why}", "选择原因：{why}";
    DATA_PLANE_FOUND = "the best there is; {found}", "自动选择现有最佳者，agent 报告：{found}";
    DATA_PLANE_ASKED = "asked for by {option}", "由 {option} 指定";
    CONNECTION_LIMIT = "Connection limit", "连接数上限";
    SCHEDULERS = "Schedulers", "调度算法";
    GENERATION = "Generation", "配置代";
    GENERATION_BOTH = "{observed} applied, {wanted} wanted", "已应用第 {observed} 代，应为第 {wanted} 代";
    GENERATION_WANTED = "none applied, {wanted} wanted", "尚未应用，应为第 {wanted} 代";
    GENERATION_EQUAL = "{n}, applied and verified", "第 {n} 代，已应用并核实";
    GENERATION_PARTIAL = "{n}, applied in part", "第 {n} 代，仅部分应用";
    IN_PART = "{n} in part", "{n}（部分）";
    GENERATION_NONE = "nothing to apply yet", "尚无可应用的配置";
    NEVER_SEEN = "never", "从未";
    REVOKE = "Revoke", "吊销";
    REVOKE_TITLE = "Revoke director {name}?", "吊销调度器 {name}？";
    REVOKE_TEXT = "Its connection to the console closes at once and its certificate is refused from then on. It goes on serving what it has applied last, and can no longer be changed or seen from here. To stop the traffic too, stop the cluster first.", "其与控制台的连接会立即关闭，此后证书不再被接受。它会继续按最后一次应用的配置服务，但无法再从这里更改或查看。若也要停止流量，请先停止集群。";
    REVOKE_VERB = "Revoke director {name}", "吊销调度器 {name}";
    REVOKE_HINT = "For a machine that is lost, retired or no longer trusted.", "用于丢失、退役或不再可信的机器。";
    REVOKED_DONE = "Director {name} revoked.", "已吊销调度器 {name}。";
    REVOKED_NOTE = "This director was revoked on {when}. A new token enrols a machine in its place.", "此调度器已于 {when} 吊销。可用新令牌登记另一台机器来代替它。";
    REVOKED_RUNS = "Whatever it last had may still run there: end its agent on that machine if it must not.", "其最后的配置可能仍在那里运行：如不允许，请在该机器上结束其 agent。";
    ERROR_REPORTED = "It reports", "上报内容";
}

/// Why an agent drives what it drives. Where it was told to, in the reader's language; what it found out stays in its own words, behind
/// words that say so.
pub fn data_plane_why(text: &str, lang: Lang) -> String {
    if let Some(option) = text.strip_prefix("asked for by ") {
        return DATA_PLANE_ASKED.with(lang, &[("option", &option)]);
    }
    match text.strip_prefix("auto: ") {
        Some(found) => DATA_PLANE_FOUND.with(lang, &[("found", &found)]),
        None => text.to_owned(),
    }
}
