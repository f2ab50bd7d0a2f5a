//! States: one word each, the same everywhere.

messages! {
    SERVING = "Serving", "服务中";
    DEGRADED = "Degraded", "降级";
    FAILING = "Failing", "故障";
    DRAINING = "Draining", "排空中";
    PENDING = "Pending", "等待中";
    INACTIVE = "Inactive", "未激活";
    STOPPED = "Stopped", "已停止";
    UNKNOWN = "Unknown", "未知";
}
