//! Redundancy of a cluster.

messages! {
    TITLE = "Redundancy", "冗余";
    ACTS = "Today directors act on two things: with a kernel data plane, the director that has one of the primary's addresses carries the virtual addresses and the one with a backup's keeps them off; and the sync daemon runs, sending on the primary and listening on the backup.", "目前调度器执行两件事：使用内核数据面时，拥有主调度器地址的调度器承载虚拟地址，拥有备用地址的调度器不承载；同步守护进程在主调度器上发送，在备用调度器上接收。";
    LATER = "Stored and checked now; directors act on it in a later version. Until then no director takes over by itself.", "现在保存并校验；调度器将在以后的版本中执行。在此之前，调度器不会自动接管。";
    Q_SECOND = "Is there a second director?", "有第二台调度器吗？";
    Q_WATCH = "How do directors watch each other?", "调度器如何互相监视？";
    Q_SYNC = "Does the backup know of connections?", "备用调度器是否得知连接？";
    F_SYNC = "Group, port, TTL and length", "多播组、端口、TTL 与长度";
    SAVED = "Saved the redundancy to the draft.", "已将冗余设置保存到草稿。";
}
