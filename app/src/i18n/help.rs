//! The manual's frame; its texts are in `docs/manual`.

messages! {
    TITLE = "Manual", "手册";
    INTRO = "How to run LVS clusters with Arapaima. The same texts are in `docs/manual` of the source.", "如何用 Arapaima 管理 LVS 集群。源代码的 `docs/manual` 中有相同的文本。";
    CHAPTERS = "Chapters", "章节";
    ON_THIS_PAGE = "On this page", "本页内容";
    BEFORE = "Before: {title}", "上一章：{title}";
    NEXT = "Next: {title}", "下一章：{title}";
}
