//! Writing a cluster for other programs.

messages! {
    TITLE = "Export {name}", "导出 {name}";
    INTRO = "The cluster in the words of other programs. What they have no words for is listed below each file.", "用其他程序的格式写出集群。它们无法表达的内容列在各文件下方。";
    OF_DRAFT = "This is the draft.", "以下内容来自草稿。";
    OF_GENERATION = "This is generation {n}, as it is applied.", "以下内容来自已应用的第 {n} 代。";
    OF_OLDER = "This is generation {n}, from the history.", "以下内容来自历史中的第 {n} 代。";
    JSON = "As JSON", "按 JSON 格式";
    JSON_HELP = "The revision itself, byte for byte what the directors got. Clusters → Import makes a cluster of it again, here or in another console.", "版本本身，与调度器收到的内容逐字节一致。在本控制台或其他控制台的“集群 → 导入”中可由它重新建立集群。";
    JSON_DOWNLOAD = "Download generation {n}", "下载第 {n} 代";
    JSON_HASH = "Its SHA-256, as a command that checks the file", "其 SHA-256（用于校验文件的命令）";
    TAKE_DRAFT = "Take the draft instead", "改用草稿";
    TAKE_APPLIED = "Take what is applied instead", "改用已应用的配置";
    RULES = "As ipvsadm-save writes it", "按 ipvsadm 保存的格式";
    RULES_HELP = "Commands that `ipvsadm -R` takes, as the directors have them with every server up. They are added to what is in the table; `ipvsadm -C` before them would cut what is served.", "`ipvsadm -R` 可读取的命令，即所有服务器正常时调度器上的表。它们会追加到现有的表中；若先执行 `ipvsadm -C`，正在提供的服务会中断。";
    RULES_DOWNLOAD = "Download ipvsadm.rules", "下载 ipvsadm 命令";
    LVS_CF = "As lvs.cf", "按 lvs.cf 的格式";
    LVS_CF_HELP = "Piranha's configuration, `/etc/sysconfig/ha/lvs.cf`.", "Piranha 的配置文件 `/etc/sysconfig/ha/lvs.cf`。";
    LVS_CF_DOWNLOAD = "Download lvs.cf", "下载 lvs.cf";
    LOOK = "Look at the file", "查看文件内容";
    COMPLETE = "Everything is in this file.", "全部内容均已写入此文件。";
    NOT_WRITTEN = "Not written", "未写入";
    NOT_WRITTEN_HELP = "It is in the cluster and not in the file.", "集群中有，文件中没有。";
    OTHERWISE = "Written otherwise", "写法不同";
    OTHERWISE_HELP = "It is in the file, and says something else than the cluster.", "文件中有，但与集群的内容不同。";
    COL_SETTING = "In the cluster", "集群内容";
    COL_WHY = "Why", "原因";
    EXPORT_ROW = "Take the cluster to Piranha or ipvsadm, or keep a copy as text.", "把集群转到 Piranha 或 ipvsadm，或以文本保存一份副本。";
    EXPORT = "Export", "导出";
}
