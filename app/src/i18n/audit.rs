//! The audit log.

use super::{Lang, Msg};

/// Every action, and what it is called. One that is not here, of a newer program, is shown by its own name.
const ACTIONS: &[(&str, Msg)] = &[
    ("audit.prune", AUDIT_PRUNE),
    ("backup.make", BACKUP_MAKE),
    ("backup.restore", BACKUP_RESTORE),
    ("certificate.renew", CERTIFICATE_RENEW),
    ("certificate.upload", CERTIFICATE_UPLOAD),
    ("certificate.withdraw", CERTIFICATE_WITHDRAW),
    ("cluster.apply", CLUSTER_APPLY),
    ("cluster.create", CLUSTER_CREATE),
    ("cluster.delete", CLUSTER_DELETE),
    ("cluster.import", CLUSTER_IMPORT),
    ("cluster.roll-back", CLUSTER_ROLL_BACK),
    ("cluster.start", CLUSTER_START),
    ("cluster.stop", CLUSTER_STOP),
    ("director.create", DIRECTOR_CREATE),
    ("director.enrol", DIRECTOR_ENROL),
    ("director.mend", DIRECTOR_MEND),
    ("director.renew", DIRECTOR_RENEW),
    ("director.revoke", DIRECTOR_REVOKE),
    ("director.token", DIRECTOR_TOKEN),
    ("draft.discard", DRAFT_DISCARD),
    ("draft.edit", DRAFT_EDIT),
    ("draft.follow", DRAFT_FOLLOW),
    ("draft.revert", DRAFT_REVERT),
    ("foreign.adopt", FOREIGN_ADOPT),
    ("foreign.heed", FOREIGN_HEED),
    ("foreign.ignore", FOREIGN_IGNORE),
    ("foreign.remove", FOREIGN_REMOVE),
    ("session.login", SESSION_LOGIN),
    ("session.logout", SESSION_LOGOUT),
    ("session.revoke", SESSION_REVOKE),
    ("settings.retention", SETTINGS_RETENTION),
    ("user.create", USER_CREATE),
    ("user.delete", USER_DELETE),
    ("user.disable", USER_DISABLE),
    ("user.enable", USER_ENABLE),
    ("user.password", USER_PASSWORD),
    ("user.roles", USER_ROLES),
];

/// Lines of the log's own that are a word and a value, by how they begin.
const LINES: &[(&str, Msg)] = &[
    ("generation ", LINE_GENERATION),
    ("back to generation ", LINE_BACK_TO),
    ("director ", LINE_DIRECTOR),
    ("real-server ", LINE_REAL_SERVER),
    ("virtual services: ", LINE_SERVICES),
    ("sessions ended: ", LINE_SESSIONS),
    ("other sessions ended: ", LINE_OTHER_SESSIONS),
    ("enrolment commands ended: ", LINE_TOKENS),
    ("files packed: ", LINE_FILES),
    ("entries removed: ", LINE_ENTRIES),
];

/// A line of the log's own in the reader's language, in an entry of this action; none where it is in somebody's words.
pub fn line(action: &str, text: &str, lang: Lang) -> Option<String> {
    // In other entries these are somebody's reason.
    if action.starts_with("draft.") {
        let said = match text {
            "discard" => Some(LINE_DISCARD.get(lang).to_owned()),
            "rename" => Some(LINE_RENAME.get(lang).to_owned()),
            "revert" => Some(LINE_REVERT.get(lang).to_owned()),
            _ => of_object(text, lang),
        };
        if said.is_some() {
            return said;
        }
    }
    LINES.iter().find_map(|(begin, msg)| {
        let value = text.strip_prefix(begin)?;
        value.bytes().all(|byte| byte.is_ascii_digit()).then(|| msg.with(lang, &[("n", &value)]))
    })
}

/// What a draft's edit brought in from elsewhere.
fn of_object(text: &str, lang: Lang) -> Option<String> {
    if let Some(entry) = text.strip_prefix("adopt ") {
        return Some(LINE_ADOPT.with(lang, &[("entry", &entry)]));
    }
    // A name may hold these words itself: the last ones are the console's.
    let (service, cluster) = text.strip_prefix("copy of virtual service ")?.rsplit_once(" of cluster ")?;
    Some(LINE_COPY.with(lang, &[("service", &service), ("cluster", &cluster)]))
}

/// Kinds of actions, by the first part of their names.
const KINDS: &[(&str, Msg)] = &[
    ("cluster", KIND_CLUSTER),
    ("draft", KIND_DRAFT),
    ("director", KIND_DIRECTOR),
    ("foreign", KIND_FOREIGN),
    ("session", KIND_SESSION),
    ("user", KIND_USER),
    ("settings", KIND_SETTINGS),
    ("certificate", KIND_CERTIFICATE),
    ("backup", KIND_BACKUP),
    ("audit", KIND_AUDIT),
];

/// What an action is called.
pub fn action(name: &str, lang: Lang) -> String {
    let known = ACTIONS.iter().find(|(known, _)| *known == name);
    known.map_or_else(|| name.to_owned(), |(_, msg)| msg.get(lang).to_owned())
}

/// A name as addresses have it, and what it is called.
pub type Choice = (&'static str, String);

/// The kinds of actions with the actions of each, for a menu: names and what they are called.
pub fn menu(lang: Lang) -> Vec<(&'static str, String, Vec<Choice>)> {
    let kinds = KINDS.iter().map(|(kind, msg)| {
        let within = ACTIONS.iter().filter(|(name, _)| name.split('.').next() == Some(kind));
        let within = within.map(|(name, msg)| (*name, msg.get(lang).to_owned())).collect();
        (*kind, msg.get(lang).to_owned(), within)
    });
    kinds.collect()
}

/// A field of the console's own, where it is one.
pub fn own_field(name: &str) -> Option<Msg> {
    let known = [
        ("event_days", EVENT_DAYS),
        ("event_rows", EVENT_ROWS),
        ("audit_days", AUDIT_DAYS),
        ("audit_rows", AUDIT_ROWS),
        ("roles", ROLES),
        ("fingerprint", FINGERPRINT),
        ("running", RUNNING),
        ("disabled", SHUT_OUT),
    ];
    known.into_iter().find_map(|(own, msg)| (own == name).then_some(msg))
}

messages! {
    TITLE = "Audit", "审计";
    INTRO = "Who changed what, when, from where, with the values before and after. Times are UTC.", "何人于何时、从何处更改了什么，以及更改前后的值。时间为 UTC。";
    KEPT = "Entries are kept for {days} days, and no more than {rows} of them; that some were removed is an entry itself. What was applied stands in each cluster's history for ever.", "条目保留 {days} 天，且不超过 {rows} 条；清理本身也会记入日志。已应用的配置永久保留在各集群的历史中。";
    TABLE = "Audit log", "审计日志";
    EXPORT = "Export CSV", "导出 `CSV`";
    EXPORT_LIMIT = "The export holds the newest {n} entries that match.", "导出包含符合条件的最新 {n} 条记录。";
    EMPTY_TITLE = "Nothing has been written yet", "还没有任何写入";
    EMPTY_TEXT = "Every change that somebody makes will stand here.", "每一次更改都会记录在这里。";
    NONE_TITLE = "No entry matches", "没有匹配的条目";
    NONE_TEXT = "Nothing that is kept matches the filter. Ask for a longer time, or for less.", "保留的条目中没有符合筛选条件的。请放宽时间或条件。";
    SHOW_ALL = "Show all entries", "显示所有条目";
    COL_WHO = "Who", "人员";
    COL_FROM = "From", "来源";
    COL_WHAT = "What", "操作";
    COL_OBJECT = "Object", "对象";
    COL_CHANGES = "Before → after", "更改前 → 更改后";
    ACTION = "What", "操作";
    OBJECT_HINT = "Part of its name", "名称的一部分";
    COMMAND_LINE = "command line", "命令行";
    CONSOLE = "console", "控制台";
    AGENT_OF = "agent of {name}", "{name} 的 agent";
    CAME = "added", "新增";
    WENT = "removed", "移除";
    MORE_CHANGES = "{n} more change|{n} more changes", "另有 {n} 项更改";
    MORE = "More", "更多";

    LINE_DISCARD = "Back to what is applied", "回到已应用的配置";
    LINE_RENAME = "Renamed", "重命名";
    LINE_REVERT = "Some of it back to what is applied", "部分恢复为已应用的配置";
    LINE_ADOPT = "Adopted: {entry}", "接管：{entry}";
    LINE_COPY = "Copy of virtual server {service} of cluster {cluster}", "集群 {cluster} 的虚拟服务器 {service} 的副本";
    LINE_GENERATION = "Generation {n}", "第 {n} 代";
    LINE_BACK_TO = "Back to generation {n}", "回到第 {n} 代";
    LINE_DIRECTOR = "Director, number {n}", "调度器，编号 {n}";
    LINE_REAL_SERVER = "Real server, number {n}", "真实服务器，编号 {n}";
    LINE_SERVICES = "Virtual servers: {n}", "虚拟服务器：{n} 个";
    LINE_SESSIONS = "Sessions ended: {n}", "已结束的会话：{n} 个";
    LINE_OTHER_SESSIONS = "Other sessions ended: {n}", "已结束的其他会话：{n} 个";
    LINE_TOKENS = "Enrolment commands ended: {n}", "已失效的登记命令：{n} 条";
    LINE_FILES = "Files packed: {n}", "已打包的文件：{n} 个";
    LINE_ENTRIES = "Entries removed: {n}", "已清理的条目：{n} 条";

    KIND_CLUSTER = "Clusters", "集群";
    KIND_DRAFT = "Drafts", "草稿";
    KIND_DIRECTOR = "Directors", "调度器";
    KIND_FOREIGN = "Entries of others", "他人的条目";
    KIND_SESSION = "Sessions", "会话";
    KIND_USER = "Users", "用户";
    KIND_SETTINGS = "Settings", "设置";
    KIND_CERTIFICATE = "Pages' certificate", "页面证书";
    KIND_BACKUP = "Backups", "备份";
    KIND_AUDIT = "Audit log", "审计日志";
    KIND_OF = "{kind}: all", "{kind}：全部";

    BACKUP_RESTORE = "Backup restored", "恢复备份";
    BACKUP_MAKE = "Backup made", "制作备份";
    CERTIFICATE_RENEW = "Own certificate made anew", "重新生成自签证书";
    CERTIFICATE_UPLOAD = "Certificate uploaded", "上传证书";
    CERTIFICATE_WITHDRAW = "Own certificate taken up again", "恢复自签证书";
    AUDIT_PRUNE = "Old entries removed", "清理旧条目";
    CLUSTER_APPLY = "Applied", "应用配置";
    CLUSTER_CREATE = "Cluster created", "创建集群";
    CLUSTER_DELETE = "Cluster deleted", "删除集群";
    CLUSTER_IMPORT = "Cluster imported", "导入集群";
    CLUSTER_START = "Cluster started", "启动集群";
    CLUSTER_ROLL_BACK = "Cluster rolled back", "回滚集群";
    CLUSTER_STOP = "Cluster stopped", "停止集群";
    DIRECTOR_CREATE = "Machine added", "添加机器";
    DIRECTOR_ENROL = "Machine enrolled", "登记机器";
    DIRECTOR_MEND = "Mending asked for", "要求修复";
    DIRECTOR_RENEW = "Certificate renewed", "证书续期";
    DIRECTOR_REVOKE = "Machine revoked", "吊销机器";
    DIRECTOR_TOKEN = "Token made", "生成令牌";
    DRAFT_DISCARD = "Draft discarded", "放弃草稿";
    DRAFT_EDIT = "Draft changed", "更改草稿";
    DRAFT_FOLLOW = "Draft rolled back", "回滚草稿";
    DRAFT_REVERT = "Changes reverted", "撤销变更";
    FOREIGN_ADOPT = "Adopting asked for", "要求接管";
    FOREIGN_HEED = "Heeded again", "恢复关注";
    FOREIGN_IGNORE = "Ignored", "忽略";
    FOREIGN_REMOVE = "Removal asked for", "要求移除";
    SESSION_LOGIN = "Logged in", "登录";
    SESSION_LOGOUT = "Logged out", "退出登录";
    SESSION_REVOKE = "Sessions ended", "结束会话";
    SETTINGS_RETENTION = "Retention changed", "更改保留期";
    USER_CREATE = "User created", "创建用户";
    USER_DELETE = "User deleted", "删除用户";
    USER_DISABLE = "User shut out", "停用用户";
    USER_ENABLE = "User let in again", "恢复用户";
    USER_ROLES = "Roles changed", "更改角色";
    USER_PASSWORD = "Password changed", "修改密码";

    EVENT_DAYS = "Days that events are kept", "事件保留天数";
    EVENT_ROWS = "Events that are kept", "事件保留条数";
    AUDIT_DAYS = "Days that audit entries are kept", "审计条目保留天数";
    AUDIT_ROWS = "Audit entries that are kept", "审计条目保留条数";
    ROLES = "Roles", "角色";
    FINGERPRINT = "Fingerprint", "指纹";
    RUNNING = "Running", "运行";
    SHUT_OUT = "Shut out", "停用";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_in_the_menu_once() {
        let mut listed: Vec<&str> =
            menu(Lang::En).into_iter().flat_map(|(_, _, within)| within.into_iter().map(|(name, _)| name)).collect();
        listed.sort_unstable();
        let mut all: Vec<&str> = ACTIONS.iter().map(|(name, _)| *name).collect();
        all.sort_unstable();
        assert_eq!(listed, all);
        assert_eq!(action("moon.rise", Lang::Zh), "moon.rise");
    }

    #[test]
    fn lines_of_the_log_are_said_in_the_readers_language() {
        assert_eq!(line("cluster.apply", "generation 12", Lang::Zh).as_deref(), Some("第 12 代"));
        assert_eq!(line("session.revoke", "sessions ended: 2", Lang::En).as_deref(), Some("Sessions ended: 2"));
        assert_eq!(line("cluster.apply", "generation of the new shop", Lang::Zh), None, "somebody's words");
        assert_eq!(line("cluster.apply", "rename", Lang::Zh), None, "somebody's reason");
        assert_eq!(line("draft.edit", "rename", Lang::Zh).as_deref(), Some("重命名"));
        assert!(line("draft.revert", "revert", Lang::Zh).is_some());
        let copied = line("draft.edit", "copy of virtual service a of cluster b of cluster shop", Lang::En);
        assert_eq!(copied.as_deref(), Some("Copy of virtual server a of cluster b of cluster shop"));
        assert_eq!(line("draft.edit", "", Lang::Zh), None);
    }
}
