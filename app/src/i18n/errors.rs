//! Error pages: what was attempted, why it failed, what to do.

messages! {
    NOT_FOUND = "Not found", "未找到";
    NOT_FOUND_WHY = "There is no page or object at this address. It may have been deleted, or the address was typed wrong.", "此地址没有页面或对象。它可能已被删除，或地址输入有误。";
    FORBIDDEN = "Not allowed", "无权访问";
    NEEDS_EVERYWHERE = "This needs the role “{role}” for the whole console.", "此操作需要整个控制台的“{role}”角色。";
    NEEDS_IN_CLUSTER = "This needs the role “{role}” for this cluster.", "此操作需要本集群的“{role}”角色。";
    HAS_ROLE = "Yours is “{role}”.", "您的角色是“{role}”。";
    HAS_NONE = "You have none here.", "您在这里没有任何角色。";
    ASK = "An administrator can give it to you: {names}.", "管理员可以授予您该角色：{names}。";
    ASK_ADMINISTRATOR = "An administrator of the console can give it to you.", "控制台管理员可以授予您该角色。";
    CONFLICT = "Changed by someone else", "已被他人更改";
    CONFLICT_WHY = "Someone else changed this after you opened the page. Nothing of yours was saved. Go back, load the page again and repeat your change.", "您打开本页之后，有人更改了此内容。您的更改没有保存。请返回，重新加载页面后再次修改。";
    TOO_LARGE = "Too large", "内容过大";
    TOO_LARGE_WHY = "What was sent is larger than the console takes. Go back and send less at once.", "提交的内容超出了控制台允许的大小。请返回并分次提交。";
    TOO_MANY_OBJECTS = "The cluster has {n} virtual servers and real servers; a director takes {max} at most. Nothing was saved. Make several clusters of it.", "该集群共有 {n} 个虚拟服务器和真实服务器，而调度器最多接受 {max} 个。没有保存任何内容。请将其拆分为多个集群。";
    TOO_MANY_BYTES = "The cluster's configuration takes {n} MiB; a director takes {max} MiB at most. Nothing was saved. Make several clusters of it.", "该集群的配置为 {n} MiB，而调度器最多接受 {max} MiB。没有保存任何内容。请将其拆分为多个集群。";
    BAD_REQUEST = "Not understood", "无法理解的请求";
    BAD_REQUEST_WHY = "The console could not read the request: {why}. Go back, load the page again and repeat it.", "控制台无法读取该请求：{why}。请返回，重新加载页面后再试。";
    CROSS_SITE = "Refused", "已拒绝";
    CROSS_SITE_WHY = "The request came from another site. Open the console itself and try again.", "请求来自其他站点。请直接打开控制台后重试。";
    METHOD = "Not possible that way", "不支持此操作方式";
    METHOD_WHY = "This address does not take such a request. Go back and open the page anew.", "此地址不接受这种请求。请返回并重新打开页面。";
    TOO_MANY = "Too many attempts", "尝试次数过多";
    TOO_MANY_WHY = "Wait {seconds} s, then try again.", "请等待 {seconds} 秒后重试。";
    FULL = "No space left", "磁盘空间不足";
    FULL_WHY = "The console's disk is full, so nothing was saved. Free some space in its data directory, then try again. The directors go on as they are.", "控制台所在磁盘已满，因此没有保存任何内容。请在其数据目录中腾出空间后重试。各调度器照常运行。";
    INTERNAL = "Something went wrong", "出现错误";
    INTERNAL_WHY = "The console could not finish this; nothing was saved. Its log has the details under {reference}. The directors go on as they are.", "控制台未能完成此操作，没有保存任何内容。详细信息见其日志，编号 {reference}。各调度器照常运行。";
    UNAVAILABLE = "Not answering", "无响应";
    UNAVAILABLE_WHY = "The console is busy or shutting down. Try again in a moment. The directors go on as they are.", "控制台繁忙或正在关闭。请稍后重试。各调度器照常运行。";
    TO_CLUSTERS = "Go to the clusters", "前往集群列表";
}
