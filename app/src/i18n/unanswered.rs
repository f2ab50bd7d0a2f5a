//! Why a director gave no answer.

messages! {
    NOT_CONNECTED = "it is not connected to the console", "它未连接到控制台";
    TOO_OLD = "its agent is too old for that; upgrade it", "其 agent 版本太旧，不支持此操作；请升级";
    BUSY = "too many questions wait for it already; try again in a moment", "等待它回答的问题太多；请稍后再试";
    TIMED_OUT = "no answer within {n} s; try again", "{n} 秒内没有回答；请重试";
    LOST = "the connection to it was lost before it answered; try again", "回答之前与它的连接中断；请重试";
    NO_ANSWER = "no answer within {n} s", "{n} 秒内没有回答";
    CUT = "the connection to it was lost before it answered", "回答之前与它的连接中断";
    UNCERTAIN = "{name} did not say whether it is done: {why}. What is there shows with its next report.", "{name} 未确认是否已完成：{why}。它的下一次报告会显示实际状态。";
}
