//! Global settings of a cluster.

messages! {
    TITLE = "Global settings", "全局设置";
    Q_ANSWERS = "Where do answers of masqueraded servers go?", "伪装方式的真实服务器应答发往何处？";
    Q_IDLE = "How long may connections be idle?", "连接可以空闲多久？";
    Q_PRIMARY = "Which director is the primary one?", "哪台是主调度器？";
    SAVED = "Saved the global settings to the draft.", "已将全局设置保存到草稿。";
}
