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
    NO_USERS = "Nobody can log in yet: there is no account. Make one on the console's host: `arapaima user add NAME --data {data}`.", "尚无任何账户，无法登录。请在控制台主机上创建一个：`arapaima user add 名称 --data {data}`。";
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
