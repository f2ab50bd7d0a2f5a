//! Monitoring scripts: how a virtual server's real servers are checked.

messages! {
    TITLE = "Monitoring scripts of {name}", "{name} 的监控脚本";
    ACTS = "Today directors ask whether a real server's port accepts connections. What is to be sent, expected or run is stored and checked now; directors act on it in a later version.", "目前调度器只检查真实服务器的端口能否建立连接。要发送、预期或运行的内容现在保存并校验；调度器将在以后的版本中执行。";
    PACE = "Each real server is checked every {timeout} s; one that failed is back after {reentry} s of passing.", "每台真实服务器每 {timeout} 秒检查一次；故障服务器连续通过 {reentry} 秒后恢复。";
    PACE_EDIT = "Change these times", "修改这些时间";
    Q_HOW = "How is a real server asked?", "如何检查真实服务器？";
    CONNECT = "By its port alone", "仅检查端口";
    CONNECT_HELP = "It serves when a connection is accepted. Nothing below counts.", "能建立连接即视为正常。以下内容不起作用。";
    SEND_EXPECT = "By a question and its answer", "发送内容并比较应答";
    SEND_EXPECT_HELP = "Something is sent after connecting, and the answer compared.", "连接后发送内容，并比较应答。";
    PROGRAM = "By a program", "运行程序";
    PROGRAM_HELP = "A program on the director decides; what it prints is compared.", "由调度器上的程序判断，并比较其输出。";
    Q_SAID = "What is sent, and what must come back?", "发送什么？应收到什么？";
    Q_PROGRAM = "Which program?", "运行哪个程序？";
    PROGRAM_NONE = "none", "无";
    PROGRAM_ON = "{name} (on {directors} alone)", "{name}（仅 {directors}）";
    NO_PROGRAMS = "No connected director offers a program. Put one into `{directory}` on every director: it must belong to root, be executable, and nobody else may write to it or to the directory. It stands here when the agent has connected again.", "没有已连接的调度器提供程序。请在每台调度器的 `{directory}` 中放入程序：须属于 `root`、可执行，且其他人不能写入该程序和目录。Agent 重新连接后即可在此选择。";
    NOBODY_HAS = "No connected director offers `{program}`. Real servers are not checked by it until one does.", "没有已连接的调度器提供 `{program}`。在提供之前，不会用它检查真实服务器。";
    SAVED = "Saved the monitoring scripts of {name} to the draft.", "已将 {name} 的监控脚本保存到草稿。";
}
