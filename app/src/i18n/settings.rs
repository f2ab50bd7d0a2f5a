//! The console's own settings, and what it says of itself.

messages! {
    TITLE = "Settings", "设置";
    INTRO = "The console itself: how it is reached, how long it remembers, how it is saved.", "控制台本身：如何访问、保留多久、如何备份。";

    CERTIFICATE = "The pages' certificate", "页面证书";
    ORIGIN = "Where it comes from", "来源";
    ORIGIN_OWN = "The console has made it; browsers ask about it once", "由控制台自行生成；浏览器会询问一次";
    ORIGIN_UPLOADED = "Uploaded here", "在此上传";
    ORIGIN_GIVEN = "From {path}, as the command line says; a renewed file is taken up within seconds", "来自命令行指定的 {path}；文件更新后数秒内生效";
    NO_TLS = "The pages are served as plain HTTP. Start the console with `--tls-own`, or behind a proxy that speaks TLS.", "页面以未加密的 HTTP 提供。请以 `--tls-own` 启动控制台，或置于支持 TLS 的代理之后。";
    NAMES = "Good for", "适用于";
    NO_NAMES = "no name", "没有名称";
    ISSUER = "Signed by", "签发者";
    ISSUER_SELF = "itself", "自签";
    VALIDITY = "Valid", "有效期";
    VALID_SPAN = "from {from} until {until}", "{from} 至 {until}";
    SOON = "It ends in {span}: upload the next one.", "还有 {span}到期：请上传新证书。";
    OVER = "It has expired: browsers refuse it.", "已过期：浏览器会拒绝。";
    FINGERPRINT = "Fingerprint (SHA-256)", "指纹（SHA-256）";
    CHAIN = "Certificates in the chain", "证书链长度";
    RENEW = "Make a new own certificate", "重新生成自签证书";
    RENEW_HELP = "Browsers will ask about it once more. It is renewed by itself 30 days before its end.", "浏览器会再次询问。到期前 30 天会自动续期。";
    RENEWED = "The pages have a new certificate: {fingerprint}.", "页面已启用新证书：{fingerprint}。";
    UPLOAD = "Upload a certificate", "上传证书";
    UPLOAD_SUMMARY = "with its private key, PEM", "连同私钥，`PEM` 格式";
    UPLOAD_FILE = "Certificate file", "证书文件";
    UPLOAD_FILE_HELP = "The certificate, followed by those between it and its root.", "证书，其后依次为到根证书之间的中间证书。";
    UPLOAD_TEXT = "Or pasted", "或直接粘贴";
    KEY_FILE = "Private key file", "私钥文件";
    KEY_TEXT = "Or pasted", "或直接粘贴";
    KEY_HELP = "It is kept in the data directory, readable by the console alone, and never shown again. After a mistake it has to be given once more.", "私钥保存在数据目录中，仅控制台可读，且不会再次显示。出错后需要重新提供。";
    UPLOAD_DO = "Check and use it", "检查并启用";
    UPLOADED = "The pages have the uploaded certificate: {fingerprint}.", "页面已启用上传的证书：{fingerprint}。";
    WITHDRAW = "Go back to the own certificate", "恢复自签证书";
    WITHDRAW_HELP = "The uploaded certificate and its key are deleted.", "将删除上传的证书及其私钥。";
    NOT_HERE = "This certificate is not the console's to change: its files are named on the command line, or there is none.", "此证书不能在此更改：其文件由命令行指定，或没有证书。";
    UNFIT_NO_CERTIFICATE = "There is no readable certificate in it: a PEM file has lines that begin with `-----BEGIN CERTIFICATE-----`.", "其中没有可读的证书：`PEM` 文件包含以 `-----BEGIN CERTIFICATE-----` 开头的行。";
    UNFIT_NO_KEY = "There is no readable private key in it: it must be PEM, and not locked with a passphrase.", "其中没有可读的私钥：须为 `PEM` 格式，且没有密码保护。";
    UNFIT_MISMATCH = "This key does not belong to the certificate.", "此私钥与证书不匹配。";
    UNFIT_NAMELESS = "The certificate names no host, and browsers refuse that.", "证书没有主机名，浏览器会拒绝。";
    UNFIT_EXPIRED = "The certificate has expired on {when}.", "证书已于 {when} 过期。";
    UNFIT_NOT_YET = "The certificate is good from {when} on only.", "证书自 {when} 起才有效。";
    UNFIT_CHAIN = "One certificate of the chain is not signed by the next one: {why}.", "证书链中有一张证书并非由下一张签发：{why}。";

    RETENTION = "How long things are kept", "保留期";
    RETENTION_HELP = "Whichever comes first: older than so many days, or more than so many rows. What is over it goes within an hour. Revisions are kept for ever.", "超过天数或条数，以先到者为准；超出部分在一小时内清理。已应用的配置永久保留。";
    EVENT_DAYS = "Events: days", "事件：天数";
    EVENT_ROWS = "Events: rows", "事件：条数";
    AUDIT_DAYS = "Audit log: days", "审计日志：天数";
    AUDIT_ROWS = "Audit log: rows", "审计日志：条数";
    NOT_IN_RANGE = "Give a whole number from {from} to {to}.", "请输入 {from} 到 {to} 之间的整数。";
    RETENTION_SAVED = "Saved. What is over it goes within an hour.", "已保存。超出部分将在一小时内清理。";
    RETENTION_SAME = "Nothing was changed.", "没有更改。";

    ADDRESSES = "Where it listens", "监听地址";
    ADDRESSES_HELP = "Set on the command line of `arapaima serve`; changing them takes a restart, which disturbs no cluster.", "由 `arapaima serve` 的命令行设定；更改需要重启控制台，不影响任何集群。";
    FOR_BROWSERS = "For browsers", "供浏览器";
    FOR_AGENTS = "For agents", "供 agent";
    PROXIES = "Trusted proxies", "受信任的代理";
    DATA = "Data directory", "数据目录";

    BACKUP = "Backup", "备份";
    BACKUP_TEXT = "One file with everything that lasts: the database as it is at one moment, the agents' CA, the pages' certificates. `arapaima restore FILE --data DIR` makes a console of it.", "一个文件包含全部持久数据：某一时刻的数据库、agent 的 CA、页面证书。`arapaima restore FILE --data DIR` 可由其恢复控制台。";
    BACKUP_SECRETS = "It holds secrets: password hashes, the private key of the agents' CA, and the pages' private key. Who has it can pose as this console. Keep it like them.", "其中含有机密：密码哈希、agent 的 CA 私钥、页面私钥。持有者可冒充本控制台，请妥善保管。";
    BACKUP_NOW = "Make a backup and download it", "立即备份并下载";

    ABOUT = "About", "关于";
    ABOUT_TEXT = "Version {version}. The versions and licences of everything in it are on a page of their own.", "版本 {version}。所有组成部分的版本与许可证见单独页面。";
    ABOUT_LINK = "Version and licences", "版本与许可证";
    ABOUT_TITLE = "About Arapaima", "关于 Arapaima";
    ABOUT_INTRO = "A web console for Linux Virtual Server clusters. Apache-2.0 or MIT, at your option.", "Linux 虚拟服务器集群的 `Web` 控制台。许可证 `Apache-2.0` 或 `MIT`，任选其一。";
    VERSION = "Version", "版本";
    TARGET = "Built for", "构建目标";
    COMPILER = "Built with", "编译器";
    PROFILE = "Profile", "构建配置";
    PROTOCOL = "Agents' protocol", "Agent 协议";
    SCHEMA = "Database schema", "数据库结构版本";
    LICENCES = "{n} package is in it|{n} packages are in it", "包含 {n} 个软件包";
    COL_PACKAGE = "Package", "软件包";
    COL_VERSION = "Version", "版本";
    COL_LICENCE = "Licence", "许可证";
    COL_SOURCE = "Source", "来源";
}
