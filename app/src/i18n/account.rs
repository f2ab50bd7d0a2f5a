//! The account page and logging in.

messages! {
    LOG_IN = "Log in", "登录";
    LOG_IN_TITLE = "Log in to Arapaima", "登录 Arapaima";
    TAGLINE = "Console for Linux Virtual Server clusters", "Linux 虚拟服务器（LVS）集群控制台";
    USER_NAME = "User name", "用户名";
    PASSWORD = "Password", "密码";
    WRONG = "User name and password do not match.", "用户名与密码不符。";
    WRONG_REMEDY = "Check both and try again. On the console's host, `arapaima user add` makes an account.", "请检查后重试。可在控制台主机上用 `arapaima user add` 创建账户。";
    WAIT = "Too many attempts. Try again in {n} s.", "尝试次数过多。请在 {n} 秒后重试。";
    SETUP_TITLE = "Make the first account", "创建第一个账户";
    SETUP_INTRO = "This console has no account yet. The first one is an administrator's, who adds everybody else. It can also be made on the console's host: `arapaima user add`.", "此控制台尚无账户。第一个账户是管理员账户，由其添加其他人。也可以在控制台主机上创建：`arapaima user add`。";
    CODE = "Setup code", "设置代码";
    CODE_HELP = "`arapaima serve` printed it when it started: look at its terminal or its log. It shows that this console is yours.", "`arapaima serve` 启动时已将其打印出来：请查看其终端或日志。它用于证明此控制台归您所有。";
    CODE_WRONG = "This is not the code that the console printed when it started last. Copy it again.", "与控制台最近一次启动时打印的代码不符。请重新复制。";
    SETUP_MAKE = "Make administrator", "创建管理员";
    MADE_ALREADY = "There is an account already. Log in with it.", "已有账户。请登录。";
    DISABLED = "This account is disabled. An administrator can enable it.", "此账户已停用。管理员可以重新启用它。";
    SESSION_ENDED = "Your session has ended. Log in to go on.", "会话已结束，请重新登录。";
    LOGGED_OUT = "You are logged out.", "您已退出登录。";
    ACCOUNT = "Account", "账户";
    LOGGED_IN_AS = "Logged in as {name}", "当前用户：{name}";
    CHANGE_PASSWORD = "Change password", "修改密码";
    CURRENT = "Current password", "当前密码";
    NEW = "New password", "新密码";
    NEW_HELP = "At least {n} characters. A sentence is good.", "至少 {n} 个字符。使用一句话是好办法。";
    REPEAT = "New password again", "再次输入新密码";
    CURRENT_WRONG = "This is not your current password.", "与当前密码不符。";
    TOO_SHORT = "Shorter than {n} characters: add some words.", "少于 {n} 个字符：请再加几个字。";
    TOO_LONG = "Longer than {n} characters: shorten it.", "超过 {n} 个字符：请缩短。";
    DIFFERENT = "The two entries differ: type the new password twice.", "两次输入不一致：请输入两遍相同的新密码。";
    SAME_AS_OLD = "This is the old password: choose another.", "与旧密码相同：请换一个。";
    CHANGED = "Password changed. Other sessions of this account are logged out.", "密码已修改。此账户的其他会话均已退出。";
    OTHERS_END = "Changing it logs out every other session of this account.", "修改后，此账户的其他会话都将退出登录。";
    MISSING = "A value is missing: enter one.", "缺少内容：请填写。";
}
