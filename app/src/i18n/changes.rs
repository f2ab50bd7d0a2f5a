//! Changes: the draft against what is applied, applying it, and how far the directors are.

use model::plan::{Change, Effect};
use model::{Check, Field, Forwarding, Shown};

use super::{Lang, common, fields, import, services};

/// A value of a field, in words where it is not the same in every language.
pub fn value(field: Field, shown: &Shown, lang: Lang) -> String {
    match (field, shown) {
        (Field::Forwarding | Field::NetworkType, Shown::Text(text)) => {
            Forwarding::parse(text).map_or_else(|_| text.clone(), |method| services::forwarding(method, lang))
        }
        (Field::Check, Shown::Text(text)) if *text == Check::Connect.to_string() => CHECK_CONNECT.get(lang).to_owned(),
        (_, Shown::Text(text)) => text.clone(),
        (_, Shown::Parts(parts)) => {
            let part = |(part, shown): &(Option<Field>, Shown)| match part {
                Some(part) => format!("{} {}", fields::label(*part, lang), value(*part, shown, lang)),
                None => value(field, shown, lang),
            };
            parts.iter().map(part).collect::<Vec<_>>().join(if lang == Lang::Zh { "，" } else { ", " })
        }
        (Field::ServiceActive | Field::ServerActive, Shown::On) => services::ACTIVE.get(lang).to_owned(),
        (Field::ServiceActive | Field::ServerActive, Shown::Off) => services::INACTIVE.get(lang).to_owned(),
        (_, Shown::On) => common::ON.get(lang).to_owned(),
        (_, Shown::Off) => common::OFF.get(lang).to_owned(),
        (Field::Forwarding, Shown::Unset) => AS_CLUSTER.get(lang).to_owned(),
        (Field::ServerPort, Shown::Unset) => SAME_PORT.get(lang).to_owned(),
        (Field::VipNetmask, Shown::Unset) => services::HOST_MASK.get(lang).to_owned(),
        (Field::Persistence, Shown::Unset) => common::OFF.get(lang).to_owned(),
        (Field::SorryServer | Field::Thresholds | Field::LoadMonitor, Shown::Unset) => common::NONE.get(lang).to_owned(),
        (_, Shown::Unset) => common::NOT_SET.get(lang).to_owned(),
    }
}

/// What changes, without the virtual server that it is about: that stands above.
pub fn line(change: &Change, lang: Lang) -> String {
    match change {
        Change::AddService { service, .. } => {
            let (key, scheduler) = (&service.settings.key, service.settings.scheduler);
            let count = u64::try_from(service.destinations.len()).unwrap_or(u64::MAX);
            let msg = if count == 0 { ADD_SERVICE_BARE } else { ADD_SERVICE };
            let line = msg.count_with(lang, count, &[("key", key), ("scheduler", &scheduler)]);
            if service.settings.active { line } else { ADDED_INACTIVE.with(lang, &[("line", &line)]) }
        }
        Change::RemoveService { service, .. } => {
            let count = u64::try_from(service.destinations.len()).unwrap_or(u64::MAX);
            REMOVE_SERVICE.count_with(lang, count, &[("key", &service.settings.key)])
        }
        Change::AddDestination { destination, .. } => {
            let (name, socket, weight) = (&destination.name, destination.socket(), destination.weight);
            let msg = if destination.active { ADD_SERVER } else { ADD_SERVER_INACTIVE };
            msg.with(lang, &[("name", name), ("socket", &socket), ("weight", &weight)])
        }
        Change::RemoveDestination { destination, .. } => {
            REMOVE_SERVER.with(lang, &[("name", &destination.name), ("socket", &destination.socket())])
        }
        Change::EditDestination { name, .. } => match change.edited() {
            Some((field, from, to)) => EDIT_SERVER.with(
                lang,
                &[
                    ("name", name),
                    ("field", &fields::label(field, lang)),
                    ("from", &value(field, &from, lang)),
                    ("to", &value(field, &to, lang)),
                ],
            ),
            None => change.to_string(),
        },
        Change::RenameCluster { .. } | Change::EditSettings(_) | Change::EditRedundancy(_) | Change::EditService { .. } => {
            match change.edited() {
                Some((field, from, to)) => EDIT_FIELD.with(
                    lang,
                    &[
                        ("field", &fields::label(field, lang)),
                        ("from", &value(field, &from, lang)),
                        ("to", &value(field, &to, lang)),
                    ],
                ),
                None => change.to_string(),
            }
        }
    }
}

/// What a change means for connections that exist.
pub fn effect(effect: Effect, lang: Lang) -> &'static str {
    match effect {
        Effect::InPlace => IN_PLACE,
        Effect::Recreate => RECREATE,
        Effect::Ends => ENDS,
    }
    .get(lang)
}

/// The heading of the changes that are about the cluster as a whole.
pub fn whole(lang: Lang) -> String {
    import::SUBJECT_WHOLE.get(lang).to_owned()
}

messages! {
    TITLE = "Changes", "变更";
    INTRO = "What the draft would change, compared with what is applied (generation {n}).", "草稿与已应用配置（第 {n} 代）相比的变更。";
    INTRO_FIRST = "Nothing has been applied yet. This is what the first apply would do.", "尚未应用任何配置。以下是首次应用将执行的内容。";
    NONE_TITLE = "Nothing to apply", "没有需要应用的变更";
    NONE_TEXT = "The draft is what is applied (generation {n}).", "草稿与已应用的配置（第 {n} 代）一致。";
    NONE_FIRST_TEXT = "The draft is empty, and nothing has been applied. Add a virtual server first.", "草稿是空的，也尚未应用任何配置。请先添加虚拟服务器。";
    SUMMARY = "{n} change|{n} changes", "{n} 项变更";
    PAGE_LIMIT = "The first {shown} of {n} changes are shown. All of them will be applied.", "仅显示 {n} 项变更中的前 {shown} 项。应用时全部生效。";
    GROUP_SERVICE = "Virtual server {name}", "虚拟服务器 {name}";
    GROUP_SETTINGS = "Global settings", "全局设置";
    GROUP_REDUNDANCY = "Redundancy", "冗余";
    ADD_SERVICE = "Add it: {key}, {scheduler}, with {n} real server|Add it: {key}, {scheduler}, with {n} real servers", "添加：{key}，{scheduler}，{n} 台真实服务器";
    ADD_SERVICE_BARE = "Add it: {key}, {scheduler}, without a real server", "添加：{key}，{scheduler}，没有真实服务器";
    ADDED_INACTIVE = "{line}, inactive: nothing is offered until it is activated", "{line}，未激活：激活之前不提供服务";
    REMOVE_SERVICE = "Remove it: {key}, with {n} real server|Remove it: {key}, with {n} real servers", "移除：{key}，{n} 台真实服务器";
    ADD_SERVER = "Add real server {name} ({socket}, weight {weight})", "添加真实服务器 {name}（{socket}，权重 {weight}）";
    ADD_SERVER_INACTIVE = "Add real server {name} ({socket}, weight {weight}, inactive)", "添加真实服务器 {name}（{socket}，权重 {weight}，未激活）";
    REMOVE_SERVER = "Remove real server {name} ({socket})", "移除真实服务器 {name}（{socket}）";
    EDIT_SERVER = "Real server {name}, {field}: {from} → {to}", "真实服务器 {name}，{field}：由 {from} 改为 {to}";
    EDIT_FIELD = "{field}: {from} → {to}", "{field}：由 {from} 改为 {to}";
    AS_CLUSTER = "as the cluster", "与集群相同";
    SAME_PORT = "the virtual server's", "与虚拟服务器相同";
    CHECK_CONNECT = "connect", "建立连接";
    SERVER_FIELD = "Real server {name}, {field}", "真实服务器 {name}，{field}";
    COLON = ": ", "：";
    WHOLE = "Whole values", "完整内容";
    REVERT = "Revert", "撤销";
    REVERT_ALL = "Revert all of it", "全部撤销";
    REVERT_ALL_OF = "Revert all of it: {what}", "全部撤销：{what}";
    REVERT_OF = "Revert: {what}", "撤销：{what}";
    REVERTED = "Reverted. The rest of the draft is as it was.", "已撤销。草稿的其余部分保持不变。";
    REVERTED_ALREADY = "It is as it is applied already.", "此项已与已应用的配置一致。";
    REVERT_STRANGE = "The draft has no such change.", "草稿中没有这项变更。";
    REVERT_CANNOT = "Not reverted: the rest of the draft does not go with it. {why}", "未撤销：草稿的其余部分与其冲突。{why}";
    REVERT_PROBLEM = "{field} {value}: {text}", "{field} {value}：{text}";
    REVERT_WITH = "It can be reverted together with the changes of {what}.", "可与“{what}”的变更一起撤销。";
    REVERT_BOTH = "Revert both", "一起撤销";
    REVERT_FIRST = "Change or revert what it clashes with first.", "请先修改或撤销与其冲突的内容。";
    NEW_SINCE = "new since you looked", "您查看后新增";
    SINCE_YOU_LOOKED_CAME = "Since you looked {new} came.", "自您查看以来，新增 {new} 项。";
    SINCE_YOU_LOOKED_WENT = "Since you looked {gone} went.", "自您查看以来，减少 {gone} 项。";
    SINCE_YOU_LOOKED = "Since you looked {new} came and {gone} went.", "自您查看以来，新增 {new} 项，减少 {gone} 项。";
    COL_CHANGE = "Change", "变更";
    COL_EFFECT = "Connections", "对连接的影响";
    IN_PLACE = "keep running", "不受影响";
    RECREATE = "end: it is made anew", "中断：需重新建立";
    ENDS = "end", "中断";
    UNTOUCHED = "–", "–";
    WARN_EMPTY = "After this nothing is offered at all: the cluster has {n} virtual server, and it ends.|After this nothing is offered at all: the cluster has {n} virtual servers, and all of them end.", "应用后将不再提供任何服务：集群现有的 {n} 个虚拟服务器全部终止。";
    WARN_MASS = "{ending} of {n} virtual server ends.|{ending} of {n} virtual servers end.", "{n} 个虚拟服务器中有 {ending} 个终止。";
    WARN_ALONE = "Virtual server {name} has no active real server: nobody answers its clients.", "虚拟服务器 {name} 没有已激活的真实服务器：将无人应答客户端。";
    WARN_SORRY = "Virtual server {name} has no active real server: its sorry server answers.", "虚拟服务器 {name} 没有已激活的真实服务器：将由致歉服务器应答。";
    WARN_MORE = "{n} more virtual server is without an active real server.|{n} more virtual servers are without an active real server.", "另有 {n} 个虚拟服务器没有已激活的真实服务器。";
    WARN_TWINS = "Nothing tells {names} apart: each of them would carry the virtual addresses, and two machines that do serve nobody. Enter the primary director's address, and the backup's under Redundancy.", "无法区分 {names}：它们都会承载虚拟地址，而两台机器同时承载则无法服务任何人。请填写主调度器的地址，并在“冗余”中填写备用调度器的地址。";
    TWINS_NEXT = "Global settings", "全局设置";
    WARN_FORESEEN = "{n} virtual server of these changes will not do everywhere what it says: see the marked lines below.|{n} virtual servers of these changes will not do everywhere what they say: see the marked lines below.", "这些变更中有 {n} 个虚拟服务器不会在所有调度器上如其所述：请查看下面标出的行。";
    FORESEEN_REFUSED = "{names} will refuse this. {why}", "{names} 将拒绝此项。{why}";
    FORESEEN_OTHERWISE = "{names} will do this otherwise. {why}", "{names} 将以其他方式执行。{why}";
    FORESEEN_INHERITED = "{names} will do this otherwise for {n} virtual server. {why}|{names} will do this otherwise for {n} virtual servers. {why}", "{names} 将对 {n} 个虚拟服务器以其他方式执行。{why}";
    CONFIRM_LABEL = "Type {n} to confirm that {n} virtual server ends|Type {n} to confirm that {n} virtual servers end", "输入 {n} 以确认有 {n} 个虚拟服务器终止";
    CONFIRM_WRONG = "It has to be {n}.", "应为 {n}。";
    APPLY_Q = "Apply the changes", "应用变更";
    MESSAGE = "Why", "原因";
    MESSAGE_HELP = "For those who read the history later.", "供日后查看历史的人参考。";
    MESSAGE_LONG = "Longer than {max} characters: shorten it.", "超过 {max} 个字符：请缩短。";
    START = "Start the cluster with it", "同时启动集群";
    START_HELP = "The cluster does not run. Without this, the changes are applied and it stays stopped.", "集群未运行。若不勾选，变更会应用，但集群仍保持停止。";
    APPLY = "Apply {n} change|Apply {n} changes", "应用 {n} 项变更";
    APPLIED = "Applied as generation {n}.", "已应用为第 {n} 代。";
    DISCARD = "Discard draft", "放弃草稿";
    DISCARD_ROW = "Throw the draft away and go back to what is applied.", "放弃草稿，恢复为已应用的配置。";
    DISCARD_TITLE = "Discard the draft of {name}?", "放弃 {name} 的草稿？";
    DISCARD_VERB = "Discard {n} change|Discard {n} changes", "放弃 {n} 项变更";
    DISCARD_N = "{n} change is lost for good.|{n} changes are lost for good.", "{n} 项变更将永久丢失。";
    DISCARD_TO = "The draft becomes what is applied (generation {n}). Directors and clients notice nothing.", "草稿恢复为已应用的配置（第 {n} 代）。调度器和客户端不受影响。";
    DISCARD_TO_EMPTY = "Nothing has been applied, so the draft becomes empty.", "尚未应用任何配置，因此草稿将变为空。";
    DISCARDED = "The draft is what is applied again.", "草稿已恢复为已应用的配置。";
    CONFLICT_DRAFT = "Nothing was applied: {who} changed the draft while you were reviewing it. Below is what would change now.", "未应用：您检查期间，{who} 更改了草稿。以下是现在将要执行的变更。";
    CONFLICT_APPLIED = "Nothing was applied: {who} applied another configuration while you were reviewing. Below is what the draft would change now.", "未应用：您检查期间，{who} 应用了另一份配置。以下是草稿现在将要执行的变更。";
    CONFLICT_DISCARD = "Nothing was discarded: {who} changed the draft meanwhile. Look at it again before you decide.", "未放弃：{who} 已更改草稿。请重新查看后再决定。";
    CONFLICT_REVERT = "Nothing was reverted: {who} changed or applied something meanwhile. Below is the draft as it is now.", "未撤销：{who} 期间更改或应用了配置。以下是草稿现在的变更。";
    SOMEBODY = "somebody", "有人";
    PROGRESS = "Generation {n} on the directors", "第 {n} 代在各调度器上的进展";
    PROGRESS_BY = "Applied by {who}", "由 {who} 应用";
    COL_DIRECTOR = "Director", "调度器";
    COL_STEP = "State", "状态";
    STEP_AWAY = "Away: it applies this when it is back", "失联：恢复连接后再应用";
    STEP_WAITING = "Waiting", "等待中";
    STEP_APPLYING = "Received, being applied", "已收到，正在应用";
    STEP_VERIFIED = "Applied and verified", "已应用并核实";
    STEP_PARTLY = "Partly failed", "部分失败";
    STEP_REFUSED = "Refused", "被拒绝";
    FAILED_WHOLE = "The director", "调度器";
    FAILED_MORE = "{n} more object failed.|{n} more objects failed.", "另有 {n} 个对象失败。";
    NO_DIRECTOR_TITLE = "No director carries this cluster", "没有调度器承载本集群";
    NO_DIRECTOR_TEXT = "What you apply is stored; enrol a director to make it so.", "应用的配置会保存；登记调度器后才会生效。";
    ENROL = "Enrol a director", "登记调度器";
    TABLES = "In the directors' tables", "在各调度器的表中";
    TABLES_HELP = "From what each director reports now to the draft, with the checks' present results.", "从各调度器当前上报的状态到草稿，按目前的健康检查结果计算。";
    TABLES_DIRECTOR = "Director", "调度器";
    TABLES_STEPS = "What is done", "执行的操作";
    TABLES_LIVE = "Who notices", "受影响的连接";
    TABLES_AWAY = "Away: as of its last report.", "失联：按其最后一次上报。";
    TABLES_UNKNOWN = "Nothing is known of its table yet.", "尚不了解它的表。";
    TABLES_NOTHING = "Nothing to do.", "无需操作。";
    TABLES_NOT_COUNTED = "Connections were not counted.", "未统计连接数。";
    TABLES_NONE_LIVE = "No live connection goes through what changes.", "没有活动连接经过被更改的部分。";
    TABLES_LIVE_N = "{number} live connection goes through what changes.|{number} live connections go through what changes.", "有 {number} 个活动连接经过被更改的部分。";
    TABLES_MORE = "{n} more director.|{n} more directors.", "另有 {n} 台调度器。";
    STEP_ADD_SERVICES = "add {n} service|add {n} services", "添加 {n} 个服务";
    STEP_EDIT_SERVICES = "change {n} service in place|change {n} services in place", "就地更改 {n} 个服务";
    STEP_REMOVE_SERVICES = "remove {n} service|remove {n} services", "删除 {n} 个服务";
    STEP_ADD_DESTINATIONS = "add {n} destination|add {n} destinations", "添加 {n} 个目标";
    STEP_WEIGHTS = "change the weight of {n} destination|change the weight of {n} destinations", "更改 {n} 个目标的权重";
    STEP_EDIT_DESTINATIONS = "change {n} destination in place|change {n} destinations in place", "就地更改 {n} 个目标";
    STEP_REMOVE_DESTINATIONS = "remove {n} destination|remove {n} destinations", "移除 {n} 个目标";
    STEP_TIMEOUTS = "set idle times", "设置空闲超时";
}

#[cfg(test)]
mod tests {
    use model::plan::plan;
    use model::{Cluster, Name};

    use super::*;

    #[test]
    fn changes_are_said_in_both_languages() {
        let from = Cluster::new(Name::parse("shop").unwrap());
        let mut to = from.clone();
        to.rename(Name::parse("网店").unwrap());
        let mut settings = to.settings().clone();
        settings.forwarding = Forwarding::DirectRouting;
        to.set_settings(settings).unwrap();
        let said = |lang| plan(&from, &to).iter().map(|change| line(change, lang)).collect::<Vec<_>>();
        assert_eq!(
            said(Lang::En),
            ["Cluster name: shop → 网店", "Forwarding method: Masquerading (NAT) → Direct routing (DR)"]
        );
        assert_eq!(said(Lang::Zh), ["集群名称：由 shop 改为 网店", "转发方式：由 伪装（NAT） 改为 直接路由（DR）"]);
    }
}
