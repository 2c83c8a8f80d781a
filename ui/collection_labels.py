"""Every word of the collection page, of adding and removing reports, and of a page's picture."""

from __future__ import annotations

from dataclasses import dataclass

from ui.labels import Languages


@dataclass(frozen=True, slots=True)
class CollectionLabels:
    """The words of one language. Braces are filled with `str.format`."""

    heading: str
    about: str
    find: str
    which: str
    every: str
    with_problems: str
    not_read: str
    pending: str
    shown: str
    nothing: str
    title: str
    year: str
    pages: str
    kind: str
    passages: str
    state: str
    actions: str
    sorted_up: str
    sorted_down: str
    sort_by: str
    earlier: str
    later: str
    scanned: str
    read: str
    doubtful: str
    failed: str
    new: str
    changed: str
    gone: str
    more: str
    add: str
    add_hint: str
    adding: str
    added: str
    remove: str
    remove_asked: str
    remove_archive: str
    remove_where: str
    removed: str
    removed_list: str
    put_back: str
    put_back_done: str
    cancel: str
    rebuild: str
    rebuild_hint: str
    build_wait: str
    build_read: str
    build_embed: str
    build_write: str
    build_started: str
    build_done: str
    build_failed: str
    only_looking: str
    no_corpus: str
    report: str
    report_line: str
    report_none: str
    report_failed: str
    report_problems: str
    report_duplicates: str
    report_similar: str
    report_scanned: str
    report_repairs: str
    report_encodings: str
    report_ignored: str
    same_as: str
    mostly_as: str
    pages_with: str
    times: str
    not_there: str
    name_taken: str
    is_readme: str
    wrong_kind: str
    unreadable: str
    cannot_write: str
    too_large: str
    empty: str
    not_allowed: str
    changed_since: str
    broken: str


ZH = CollectionLabels(
    heading="资料",
    about="{count} 份报告，{passages} 个片段，{when}建立索引",
    find="按标题、文件名或问题筛选",
    which="显示哪些",
    every="全部",
    with_problems="有问题",
    not_read="未收录",
    pending="待更新",
    shown="显示 {first}–{last}，共 {count}",
    nothing="没有符合条件的报告。",
    title="标题",
    year="年份",
    pages="页数",
    kind="格式",
    passages="片段",
    state="状态",
    actions="操作",
    sorted_up="升序",
    sorted_down="降序",
    sort_by="按{column}排序",
    earlier="上一页",
    later="下一页",
    scanned="{count} 页为扫描",
    read="已收录",
    doubtful="有问题",
    failed="未收录",
    new="待读入",
    changed="有改动",
    gone="文件已不在",
    more="另有 {count} 处",
    add="添加报告",
    add_hint="每个文件不超过 {limit} MB，存入报告文件夹，不覆盖已有文件。",
    adding="正在添加“{name}”……",
    added="已添加“{name}”，重建索引后就能问到。",
    remove="移走",
    remove_asked="移走“{name}”？",
    remove_archive="它在压缩包里，移走的是整个压缩包，其中 {count} 份文档都会移走。",
    remove_where="文件不会删除，只是移到报告文件夹下的 {folder} 里，随时可以放回。重建索引后，回答不再用到它。",
    removed="已移走“{name}”，重建索引后生效。",
    removed_list="移走的报告（{count}）",
    put_back="放回",
    put_back_done="已放回“{name}”，重建索引后就能问到。",
    cancel="取消",
    rebuild="重建索引",
    rebuild_hint="只读新增和改动的文件；这期间照常可以提问。",
    build_wait="另一个 wenju build 正在更新索引，等它结束……",
    build_read="读取文件",
    build_embed="计算向量",
    build_write="写入索引",
    build_started="正在准备……",
    build_done="索引已更新。",
    build_failed="索引没有更新：{reason}",
    only_looking="你可以查看资料；增删报告和重建索引要由有权限的人来做。",
    no_corpus="启动时没有用 --corpus 指明报告文件夹，所以这里只能查看。",
    report="最近一次建立索引",
    report_line="新增 {added}，改动 {changed}，移除 {removed}，移动 {moved}，未变 {unchanged}；用时 {seconds:.1f} 秒",
    report_none="这次启动以来没有建立过索引。下面是各份报告读取时发现的问题。",
    report_failed="没有读出的文件",
    report_problems="读取时发现的问题",
    report_duplicates="内容相同，只收一份",
    report_similar="大部分句子相同，都已收入",
    report_scanned="由文字识别读出的扫描页",
    report_repairs="修补过的文字",
    report_encodings="不是 UTF-8 的文本",
    report_ignored="略过的文件（隐藏文件、说明文件或链接）",
    same_as="与 {path} 相同",
    mostly_as="与 {paths}",
    pages_with="{count} 页，平均可信度 {confidence:.2f}",
    times="{count} 处",
    not_there="“{path}”已经不在报告文件夹里。",
    name_taken="已经有名为“{name}”的文件，没有覆盖。请改名后再试。",
    is_readme="“{name}”是说明文件的名字，不会当作报告读。请改名后再试。",
    wrong_kind="暂不支持“{name}”这种文件。可以添加：{kinds}。",
    unreadable="“{name}”没有添加：{reason}。",
    cannot_write="不能写入报告文件夹（{reason}），请告诉管理这台机器的人。",
    too_large="“{name}”超过 {limit} MB，没有添加。请拆分或压缩后再试。",
    empty="“{name}”是空文件，没有添加。",
    not_allowed="你没有增删报告和重建索引的权限。",
    changed_since="这份报告的原文件已改动或移走，打不开了。",
    broken="没有连上服务器，请稍后再试。",
)

EN = CollectionLabels(
    heading="Collection",
    about="{count} reports, {passages} passages, indexed {when}",
    find="Filter by title, file name or problem",
    which="Which to show",
    every="All",
    with_problems="With problems",
    not_read="Not read",
    pending="To be updated",
    shown="{first}–{last} of {count}",
    nothing="No report fits.",
    title="Title",
    year="Year",
    pages="Pages",
    kind="Format",
    passages="Passages",
    state="Status",
    actions="Actions",
    sorted_up="ascending",
    sorted_down="descending",
    sort_by="Sort by {column}",
    earlier="Previous",
    later="Next",
    scanned="{count} scanned",
    read="Indexed",
    doubtful="Problems",
    failed="Not read",
    new="Not read yet",
    changed="Changed",
    gone="File is gone",
    more="and {count} more",
    add="Add reports",
    add_hint="Up to {limit} MB a file; stored in the folder of reports, never over another file.",
    adding="Adding “{name}”…",
    added="“{name}” has been added. Rebuild the index to ask it.",
    remove="Remove",
    remove_asked="Remove “{name}”?",
    remove_archive="It is in an archive: the whole archive with its {count} documents is removed.",
    remove_where="The file is not deleted: it is moved to {folder} in the folder of reports and can be "
    "put back. After a rebuild answers no longer use it.",
    removed="“{name}” has been removed; this takes effect with the next rebuild.",
    removed_list="Removed reports ({count})",
    put_back="Put back",
    put_back_done="“{name}” is back. Rebuild the index to ask it.",
    cancel="Cancel",
    rebuild="Rebuild index",
    rebuild_hint="Reads new and changed files only; questions are answered meanwhile.",
    build_wait="Another wenju build is updating the index; waiting for it…",
    build_read="Reading files",
    build_embed="Embedding",
    build_write="Writing the index",
    build_started="Getting ready…",
    build_done="The index is up to date.",
    build_failed="The index was not updated: {reason}",
    only_looking="You can look at the collection; changing it is for those who have the right to.",
    no_corpus="The chat was started without --corpus, so the collection can only be looked at.",
    report="The last build",
    report_line="{added} added, {changed} changed, {removed} removed, {moved} moved, {unchanged} "
    "unchanged; {seconds:.1f} s",
    report_none="No build since this program started. Below are the problems of the reports.",
    report_failed="Files that could not be read",
    report_problems="Problems found while reading",
    report_duplicates="Same content, kept once",
    report_similar="Mostly the same sentences, both kept",
    report_scanned="Scanned pages, read by OCR",
    report_repairs="Repaired text",
    report_encodings="Text that is not UTF-8",
    report_ignored="Left out (hidden files, READMEs and links)",
    same_as="same as {path}",
    mostly_as="as {paths}",
    pages_with="{count} pages, mean confidence {confidence:.2f}",
    times="{count} places",
    not_there="“{path}” is no longer in the folder of reports.",
    name_taken="There is a file named “{name}” already; it was not replaced. Rename yours and retry.",
    is_readme="“{name}” is the name of a file about a folder, not of a report. Rename it and retry.",
    wrong_kind="“{name}” is of a kind that cannot be read. Add one of these: {kinds}.",
    unreadable="“{name}” was not added: {reason}.",
    cannot_write="The folder of reports cannot be written ({reason}); tell whoever runs the machine.",
    too_large="“{name}” is larger than {limit} MB and was not added. Split or compress it.",
    empty="“{name}” is empty and was not added.",
    not_allowed="You may not change the collection.",
    changed_since="The file of this report has changed or is gone; it cannot be opened.",
    broken="The server cannot be reached; try again later.",
)

COLLECTION_LABELS = Languages({"zh": ZH, "en": EN})
