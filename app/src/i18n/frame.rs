//! The frame around every page.

messages! {
    SKIP = "Skip to the content", "跳到正文";
    MENU = "Menu", "菜单";
    MAIN_NAVIGATION = "Main", "主导航";
    BREADCRUMB = "You are here", "当前位置";
    CLUSTERS = "Clusters", "集群";
    DIRECTORS = "Directors", "调度器";
    OVERVIEW = "Overview", "总览";
    EVENTS = "Events", "事件";
    AUDIT = "Audit", "审计";
    USERS = "Users", "用户";
    SETTINGS = "Settings", "设置";
    HELP = "Help", "帮助";
    THEME = "Theme", "主题";
    THEME_SYSTEM = "As the system", "跟随系统";
    THEME_LIGHT = "Light", "浅色";
    THEME_DARK = "Dark", "深色";
    LANGUAGE = "Language", "语言";
    ACCOUNT = "Account", "账户";
    OWN_ACCOUNT = "Password and sessions", "密码与会话";
    LOG_OUT = "Log out", "退出登录";
    START = "Start", "启动";
    STOP = "Stop", "停止";
    CHANGES_N = "Changes ({n})", "变更（{n}）";
    CHANGES = "Changes", "变更";
    TAB_CONTROL = "Control / Monitoring", "控制 / 监视";
    TAB_SETTINGS = "Global settings", "全局设置";
    TAB_REDUNDANCY = "Redundancy", "冗余";
    TAB_SERVICES = "Virtual servers", "虚拟服务器";
    TAB_MACHINES = "Real servers", "真实服务器";
    TAB_CONNECTIONS = "Connections", "连接";
    TAB_HISTORY = "History", "历史";
    CLUSTER_PAGES = "Pages of this cluster", "本集群的页面";
    CLUSTER_STATE = "State of the cluster", "集群状态";
    NEVER_APPLIED = "Never applied", "从未应用";
    NO_DIRECTOR = "no director enrolled", "没有已登记的调度器";
    DIRECTORS_N = "{n} director|{n} directors", "{n} 台调度器";
    CONNECTED_WHO = "connected: {names}", "已连接：{names}";
    AWAY_WHO = "away: {names}", "失联：{names}";
    UNENROLLED_WHO = "not enrolled yet: {names}", "尚未登记：{names}";
    REVOKED_WHO = "revoked, may still serve: {names}", "已吊销，可能仍在服务：{names}";
    FAILING_N = "{n} of {all} virtual servers fails|{n} of {all} virtual servers fail", "{all} 个虚拟服务器中有 {n} 个故障";
}
