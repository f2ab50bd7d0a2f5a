//! The timeline of events.

use model::{EventKind, Topic};

use super::{Lang, Msg};

/// What happened, in some words.
pub fn kind(kind: EventKind) -> Msg {
    match kind {
        EventKind::Applied => APPLIED,
        EventKind::Started => STARTED,
        EventKind::Stopped => STOPPED,
        EventKind::ServerOut => SERVER_OUT,
        EventKind::ServerBack => SERVER_BACK,
        EventKind::ServiceFailing => SERVICE_FAILING,
        EventKind::ServiceServing => SERVICE_SERVING,
        EventKind::SorryIn => SORRY_IN,
        EventKind::SorryOut => SORRY_OUT,
        EventKind::AgentAway => AGENT_AWAY,
        EventKind::AgentBack => AGENT_BACK,
        EventKind::AgentEnrolled => AGENT_ENROLLED,
        EventKind::AgentRevoked => AGENT_REVOKED,
        EventKind::CertificateRenewed => CERTIFICATE_RENEWED,
        EventKind::DataPlaneFull => DATA_PLANE_FULL,
        EventKind::DataPlaneEased => DATA_PLANE_EASED,
        EventKind::ApplyPartial => APPLY_PARTIAL,
        EventKind::ApplyRefused => APPLY_REFUSED,
        EventKind::ApplyVerified => APPLY_VERIFIED,
        EventKind::LogIn => LOG_IN,
        EventKind::LogInFailed => LOG_IN_FAILED,
        EventKind::ConsoleStarted => CONSOLE_STARTED,
    }
}

/// What events belong together.
pub fn topic(topic: Topic, lang: Lang) -> &'static str {
    match topic {
        Topic::Services => TOPIC_SERVICES,
        Topic::Directors => TOPIC_DIRECTORS,
        Topic::Changes => TOPIC_CHANGES,
        Topic::People => TOPIC_PEOPLE,
        Topic::Console => TOPIC_CONSOLE,
    }
    .get(lang)
}

messages! {
    TITLE = "Events", "事件";
    INTRO = "What directors reported and what people did, the newest first. Times are UTC.", "调度器的上报与人员的操作，最新的在前。时间为 UTC。";
    KEPT = "Events are kept for {days} days, and no more than {rows} of them. What repeats within an hour is counted in one row.", "事件保留 {days} 天，且不超过 {rows} 条。一小时内重复发生的事件合并为一行并计数。";
    TABLE = "Events", "事件列表";
    EMPTY_TITLE = "Nothing has happened yet", "还没有发生任何事件";
    EMPTY_TEXT = "Servers that go out and come back, agents that leave, applies and log-ins will stand here.", "服务器退出与恢复、agent 失联、应用配置以及登录都会显示在这里。";
    EMPTY_CLUSTER_TEXT = "Apply the cluster's changes and enrol a director: what happens from then on will stand here.", "应用集群的变更并登记调度器：此后发生的事件会显示在这里。";
    TO_CHANGES = "Review changes", "查看变更";
    TO_CLUSTERS = "To the clusters", "前往集群";
    NONE_TITLE = "No event matches", "没有匹配的事件";
    NONE_TEXT = "Nothing that is kept matches the filter. Ask for a longer time, or for less.", "保留的事件中没有符合筛选条件的。请放宽时间或条件。";
    SHOW_ALL = "Show all events", "显示所有事件";
    REFRESH = "Refresh", "刷新";
    NEWS = "{n} new event – show|{n} new events – show", "{n} 个新事件 – 显示";
    NEWS_MANY = "{n} or more new events – show", "{n} 个或更多新事件 – 显示";
    OLDER = "Older", "更早";
    NEWEST = "Newest", "最新";
    COL_TIME = "Time", "时间";
    COL_EVENT = "Event", "事件";
    COL_OBJECT = "Object", "对象";
    COL_CLUSTER = "Cluster", "集群";
    COL_BY = "Director or person", "调度器或人员";
    COL_DETAIL = "Details", "详情";
    KIND = "What", "内容";
    KIND_ALL = "Everything", "全部";
    KIND_OF = "{topic}: all", "{topic}：全部";
    RANGE = "When", "时间";
    RANGE_ALL = "As long as kept", "全部保留时间";
    RANGE_1H = "Last hour", "最近 1 小时";
    RANGE_24H = "Last 24 hours", "最近 24 小时";
    RANGE_7D = "Last 7 days", "最近 7 天";
    RANGE_30D = "Last 30 days", "最近 30 天";
    FROM = "From (UTC)", "从（UTC）";
    TO = "To (UTC)", "至（UTC）";
    OBJECT = "Object", "对象";
    OBJECT_HINT = "Part of its name", "名称的一部分";
    PERSON = "Person", "人员";
    NOT_A_TIME = "“{text}” is no time: write it as `2026-11-25T22:00`.", "“{text}”不是时间：请写成 `2026-11-25T22:00`。";
    NOT_A_PLACE = "This page's address is not one of the timeline; the newest events are shown.", "此地址不是时间线中的位置；显示最新的事件。";

    TOPIC_SERVICES = "Servers", "服务器";
    TOPIC_DIRECTORS = "Directors", "调度器";
    TOPIC_CHANGES = "Changes", "变更";
    TOPIC_PEOPLE = "People", "人员";
    TOPIC_CONSOLE = "Console", "控制台";

    APPLIED = "Applied", "已应用";
    STARTED = "Started", "已启动";
    STOPPED = "Stopped", "已停止";
    SERVER_OUT = "Real server out", "真实服务器退出";
    SERVER_BACK = "Real server back", "真实服务器恢复";
    SERVICE_FAILING = "Virtual server failing", "虚拟服务器故障";
    SERVICE_SERVING = "Virtual server serving", "虚拟服务器恢复服务";
    SORRY_IN = "Sorry server stands in", "致歉服务器顶替";
    SORRY_OUT = "Sorry server stands back", "致歉服务器退下";
    AGENT_AWAY = "Agent away", "Agent 失联";
    AGENT_BACK = "Agent back", "Agent 恢复连接";
    AGENT_ENROLLED = "Agent enrolled", "Agent 已登记";
    AGENT_REVOKED = "Agent revoked", "Agent 已吊销";
    CERTIFICATE_RENEWED = "Certificate renewed", "证书已续期";
    DATA_PLANE_FULL = "Data plane nearly full", "数据面接近满载";
    DATA_PLANE_EASED = "Data plane has room again", "数据面恢复余量";
    APPLY_PARTIAL = "Applied in part", "部分应用";
    APPLY_REFUSED = "Configuration refused", "配置被拒绝";
    APPLY_VERIFIED = "Applied and verified", "已应用并核实";
    LOG_IN = "Log-in", "登录";
    LOG_IN_FAILED = "Failed log-in", "登录失败";
    CONSOLE_STARTED = "Console started", "控制台启动";

    GENERATION = "generation {n}", "第 {n} 代";
    AFTER = "after {span}", "历时 {span}";
    SINCE_AT = "since {when}", "始于 {when}";
    FROM_ADDRESS = "from {address}", "来自 {address}";
    FROM_COMMAND_LINE = "on the command line", "通过命令行";
    FROM_MANY = "from many addresses", "来自许多地址";
    UNKNOWN_NAME = "unknown name", "未知用户名";
    TIMES = "{n} times, first at {when}", "{n} 次，首次于 {when}";
    MANY_MORE = "{n} more", "另有 {n} 个";
    UNWATCHED = "Nobody watched before this.", "此前无人监视。";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_said_in_words_of_its_own() {
        for lang in [Lang::En, Lang::Zh] {
            let mut said: Vec<&str> = EventKind::ALL.iter().map(|&one| kind(one).get(lang)).collect();
            said.sort_unstable();
            said.dedup();
            assert_eq!(said.len(), EventKind::ALL.len());
        }
    }
}
