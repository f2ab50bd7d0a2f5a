//! Spans of time, short enough for a table.

messages! {
    SECONDS = "{n} s", "{n} 秒";
    MINUTES = "{n} min", "{n} 分钟";
    HOURS = "{n} h", "{n} 小时";
    DAYS = "{n} d", "{n} 天";
    AGO = "{span} ago", "{span}前";
    SINCE = "since {span}", "已 {span}";
    NEVER = "never", "从未";
}
