//! Two people edited one object: choosing field by field.

messages! {
    TITLE = "{name}: two people edited it", "{name}：两人同时编辑";
    INTRO = "Nothing of yours is saved yet. What only one of you changed is kept; for the rest, choose.", "您的更改尚未保存。只有一方更改的内容会保留；其余请选择。";
    BY = "Somebody saved this while you were editing. The draft was last changed by {who}, {when}.", "您编辑期间有人保存了此项。草稿最后由 {who} 于{when}更改。";
    BY_NOBODY = "Somebody saved this while you were editing.", "您编辑期间有人保存了此项。";
    TABLE = "Both versions, field by field", "逐项对比两个版本";
    CHOOSE = "Choose what is saved", "选择要保存的内容";
    COL_FIELD = "Field", "项目";
    COL_BASE = "When you opened it", "打开时";
    COL_THEIRS = "Saved meanwhile", "期间已保存";
    COL_MINE = "Yours", "您的更改";
    THEIRS_OF = "{field}, saved meanwhile: {value}", "{field}，期间已保存：{value}";
    MINE_OF = "{field}, yours: {value}", "{field}，您的更改：{value}";
    ALSO = "Changed by one of you: both are kept", "仅一方更改：均会保留";
    KEPT = "kept", "保留";
    UNTOUCHED = "not changed", "未更改";
    NOT_CHOSEN = "Both of you changed it: choose one of the two.", "双方都更改了此项：请二选一。";
    SAVE = "Save these choices", "保存以上选择";
    DROP = "Drop mine", "放弃我的更改";
    GONE = "{name} was deleted while you were editing it. What you typed is kept below: adding it makes it anew.", "您编辑期间，{name} 已被删除。您填写的内容保留在下面：添加即可重新创建。";
}
