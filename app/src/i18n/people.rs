//! People, their roles and their sessions.

use std::collections::BTreeMap;

use model::{ClusterId, Role, Roles};

use super::Lang;

messages! {
    VIEWER = "Viewer", "查看者";
    OPERATOR = "Operator", "操作员";
    ADMINISTRATOR = "Administrator", "管理员";
    NO_ROLE = "No role", "无角色";
    VIEWER_HELP = "Sees everything, changes nothing.", "可查看全部内容，不能更改。";
    OPERATOR_HELP = "Changes drafts, applies, starts and stops, adds machines, makes clusters.", "可更改草稿、应用、启动和停止、添加机器、新建集群。";
    ADMINISTRATOR_HELP = "Also deletes clusters, sees to people and settings, and reads the whole audit log.", "还可删除集群、管理用户和设置，并查看全部审计日志。";
    NO_ROLE_HELP = "Sees only the clusters chosen below.", "只能看到下面选定的集群。";
    LOOK_ONLY = "You may look, not change", "您只能查看，不能更改";
    TITLE = "Users", "用户";
    INTRO = "Everybody who may log in, and what they may do.", "可以登录的所有人及其权限。";
    ADD = "Add a user", "添加用户";
    FIND = "Find by name", "按名称查找";
    NONE_FOUND_TITLE = "Nobody is called that", "没有这样的用户";
    NONE_FOUND_TEXT = "No user's name contains “{q}”.", "没有用户名包含“{q}”。";
    SHOW_ALL = "Show all", "显示全部";
    COL_ROLE = "Role", "角色";
    COL_STATE = "Account", "账户";
    COL_SEEN = "Last seen", "最近在线";
    COL_SESSIONS = "Sessions", "会话";
    ENABLED = "Enabled", "已启用";
    DISABLED = "Disabled", "已停用";
    YOU = "you", "您";
    AND_IN_CLUSTERS = "and in {n} cluster|and in {n} clusters", "另有 {n} 个集群";
    IN_CLUSTERS = "in {n} cluster|in {n} clusters", "{n} 个集群";
    OF_CLUSTER_N = "{role} of cluster {n}", "集群 {n} 的{role}";
    OF_CLUSTER = "{role} of {cluster}", "{cluster} 的{role}";
    EVERYWHERE = "{role} in the whole console", "整个控制台的{role}";
    ROLES = "Roles", "角色";
    WHERE_EVERYWHERE = "What may this person do in the whole console?", "此人在整个控制台中可以做什么？";
    WHERE_CLUSTERS = "And in single clusters?", "在单个集群中呢？";
    CLUSTERS_HELP = "These roles add to the one above; the higher one counts.", "这些角色是对上面角色的补充；以较高者为准。";
    NOTHING_MORE = "nothing more", "无补充";
    ADD_CLUSTER = "One more cluster", "再加一个集群";
    ADD_ROLE = "Role there", "在其中的角色";
    NO_CLUSTER = "none", "无";
    SAVE_ROLES = "Save roles", "保存角色";
    ROLES_SAVED = "Saved. {name} is now: {roles}. It holds from the next click on.", "已保存。{name} 现在的角色：{roles}。从下一次点击起生效。";
    ROLES_MOVED = "Someone else changed the roles to “{roles}” after you opened the page. Save again to replace that.", "您打开本页之后，有人将角色改为“{roles}”。再次保存即可替换。";
    LAST_ADMINISTRATOR = "{name} is the last administrator who can log in. Make another one first.", "{name} 是最后一个可以登录的管理员。请先指定另一位管理员。";
    NEW_TITLE = "Add a user", "添加用户";
    NEW_WHO = "Who is it?", "是谁？";
    NEW_PASSWORD_HELP = "At least {n} characters. Left empty, the console makes one and shows it once.", "至少 {n} 个字符。留空则由控制台生成，并只显示一次。";
    CREATE = "Add user", "添加用户";
    CREATED = "Added {name}.", "已添加 {name}。";
    FULL = "A console has {n} accounts at most. Delete one that is not used.", "控制台最多有 {n} 个账户。请删除不再使用的账户。";
    SET_PASSWORD = "Set a new password", "设置新密码";
    SET_PASSWORD_HELP = "It ends every session of this account.", "这会结束此账户的所有会话。";
    OWN_PASSWORD = "Your own password is changed under Account, which asks for the one you have.", "您自己的密码请在“账户”中修改，届时需要输入当前密码。";
    PASSWORD_SET = "{name} has a new password. Sessions ended: {n}.", "已为 {name} 设置新密码。已结束的会话：{n} 个。";
    PASSWORD_ONCE = "The password, shown this once. Hand it over by a safe way; its owner can change it under Account.", "密码只显示这一次。请以安全的方式转交；其所有者可在“账户”中修改。";
    MADE = "Made", "创建";
    PASSWORD_CHANGED = "Password set", "密码设置";
    SESSIONS = "Sessions", "会话";
    SESSIONS_INTRO = "Browsers that are logged in with this account.", "以此账户登录的浏览器。";
    NO_SESSION = "This account is logged in nowhere.", "此账户未在任何地方登录。";
    COL_DEVICE = "Device", "设备";
    COL_FROM = "Address", "地址";
    COL_LOGIN = "Logged in", "登录";
    COL_USED = "Last used", "最近使用";
    THIS_ONE = "this one", "当前";
    REVOKE = "Log out", "退出登录";
    REVOKE_ALL = "Log out everywhere", "全部退出登录";
    REVOKE_OTHERS = "Log out everywhere else", "退出其他所有会话";
    REVOKED = "That session is over.", "该会话已结束。";
    REVOKED_ALREADY = "That session was over already.", "该会话早已结束。";
    REVOKED_N = "{n} session is over.|{n} sessions are over.", "已结束 {n} 个会话。";
    DEVICE = "{browser} on {system}", "{system} 上的 {browser}";
    DEVICE_UNKNOWN = "Unknown device", "未知设备";
    DISABLE = "Disable", "停用";
    DISABLE_ROW = "Nobody can log in with this account until it is enabled again; its sessions end at once. Roles and name stay.", "在重新启用之前，无法以此账户登录；其会话立即结束。角色和名称保留。";
    ENABLE = "Enable", "启用";
    ENABLE_ROW = "Disabled: nobody can log in with this account. Its roles are as they were.", "已停用：无法以此账户登录。其角色保持不变。";
    DISABLED_DONE = "{name} can no longer log in, and its sessions are over.", "{name} 无法再登录，其会话已结束。";
    ENABLED_DONE = "{name} can log in again.", "{name} 可以重新登录。";
    DELETE = "Delete user", "删除用户";
    DELETE_ROW = "Delete this account for good.", "永久删除此账户。";
    DELETE_TITLE = "Delete user {name}?", "删除用户 {name}？";
    DELETE_VERB = "Delete user {name}", "删除用户 {name}";
    DELETE_SESSIONS = "{n} session ends at once.|{n} sessions end at once.", "{n} 个会话立即结束。";
    DELETE_ROLES = "Its roles are lost: {roles}.", "其角色将丢失：{roles}。";
    DELETE_KEPT = "History and audit log keep the name.", "历史和审计日志保留其名称。";
    DELETE_OWN = "It is your own account: you are logged out, and cannot log in again.", "这是您自己的账户：您将退出登录，且无法再次登录。";
    DELETED = "Deleted user {name}.", "已删除用户 {name}。";
    BETWEEN = ", ", "、";
}

/// A role's name.
pub fn role(role: Role, lang: Lang) -> &'static str {
    match role {
        Role::Viewer => VIEWER,
        Role::Operator => OPERATOR,
        Role::Administrator => ADMINISTRATOR,
    }
    .get(lang)
}

/// Roles as the log keeps them, `operator; viewer of cluster 3`, in the reader's language. Clusters that are gone keep their numbers.
pub fn roles_in_words(text: &str, clusters: &BTreeMap<ClusterId, String>, lang: Lang) -> String {
    let named = |number: &str| clusters.get(&ClusterId(number.parse().ok()?));
    let one = |part: &str| match part.split_once(" of cluster ") {
        Some((own, cluster)) => match Role::parse(own) {
            Ok(own) => match named(cluster) {
                Some(name) => OF_CLUSTER.with(lang, &[("role", &role(own, lang)), ("cluster", name)]),
                None => OF_CLUSTER_N.with(lang, &[("role", &role(own, lang)), ("n", &cluster)]),
            },
            Err(_) => part.to_owned(),
        },
        None => Role::parse(part).map_or_else(|_| part.to_owned(), |own| role(own, lang).to_owned()),
    };
    if text == "none" {
        return NO_ROLE.get(lang).to_owned();
    }
    let parts: Vec<String> = text.split("; ").map(one).collect();
    parts.join(BETWEEN.get(lang))
}

/// A person's roles in one line, with the clusters' names.
pub fn roles(roles: &Roles, clusters: &BTreeMap<ClusterId, String>, lang: Lang) -> String {
    let mut parts = Vec::new();
    if let Some(everywhere) = roles.everywhere {
        parts.push(EVERYWHERE.with(lang, &[("role", &role(everywhere, lang))]));
    }
    for (cluster, own) in &roles.clusters {
        if let Some(name) = clusters.get(cluster) {
            parts.push(OF_CLUSTER.with(lang, &[("role", &role(*own, lang)), ("cluster", name)]));
        }
    }
    if parts.is_empty() { NO_ROLE.get(lang).to_owned() } else { parts.join(BETWEEN.get(lang)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_said_with_the_clusters_names() {
        let names = BTreeMap::from([(ClusterId(1), "shop".to_owned()), (ClusterId(2), "mail".to_owned())]);
        let mut own = Roles { everywhere: None, clusters: BTreeMap::from([(ClusterId(1), Role::Operator)]) };
        assert_eq!(roles(&own, &names, Lang::En), "Operator of shop");
        own.everywhere = Some(Role::Viewer);
        assert_eq!(roles(&own, &names, Lang::Zh), "整个控制台的查看者、shop 的操作员");
        assert_eq!(roles(&Roles::default(), &names, Lang::En), "No role");
    }

    #[test]
    fn roles_of_the_log_are_said_in_the_readers_language() {
        let said = |text, lang| {
            roles_in_words(text, &BTreeMap::from([(ClusterId(1), "shop".to_owned())]), lang)
        };
        assert_eq!(said("operator; viewer of cluster 1", Lang::Zh), "操作员、shop 的查看者");
        assert_eq!(said("operator; viewer of cluster 3", Lang::Zh), "操作员、集群 3 的查看者");
        assert_eq!(said("none", Lang::En), NO_ROLE.get(Lang::En));
        assert_eq!(said("something newer", Lang::Zh), "something newer");
    }
}
