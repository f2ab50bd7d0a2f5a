//! Words that many pages use.

messages! {
    SAVE = "Save", "保存";
    CANCEL = "Cancel", "取消";
    ADD = "Add", "添加";
    EDIT = "Edit", "编辑";
    DELETE = "Delete", "删除";
    ACTIVATE = "Activate", "激活";
    DEACTIVATE = "Deactivate", "停用";
    COPY = "Copy", "复制";
    COPIED = "Copied", "已复制";
    NAME = "Name", "名称";
    ADDRESS = "Address", "地址";
    STATE = "State", "状态";
    ACTIONS = "Actions", "操作";
    ON = "on", "开";
    OFF = "off", "关";
    NOT_SET = "not set", "未设置";
    NONE = "none", "无";
    OPTIONAL = "optional", "可选";
    PIRANHA_NAME = "Piranha: {name}", "Piranha 中的名称：{name}";
    ERRORS_TITLE = "{n} entry needs another look|{n} entries need another look", "有 {n} 项需要修改";
    ERRORS_KEPT = "Nothing has been saved. What you typed is still here.", "尚未保存任何内容。您输入的内容均已保留。";
    DANGER_ZONE = "Danger zone", "危险操作";
    UNSAVED = "This page has unsaved input.", "本页有未保存的输入。";
    FILTER = "Filter", "筛选";
    CLEAR = "Clear", "清除";
    PREVIOUS_PAGE = "Previous", "上一页";
    NEXT_PAGE = "Next", "下一页";
    PAGE_OF = "{from} to {to} of {all}", "第 {from} 至 {to} 项，共 {all} 项";
    UNITS_SECONDS = "s", "秒";
}
