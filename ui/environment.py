"""What this machine has and what Wenju will use of it: looked up, nothing loaded, nothing sent."""

from __future__ import annotations

import locale
import os
import platform
import shutil
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from index import open_index
from index.embed import BUNDLED
from index.errors import WenjuError
from ui.version import wenju_version

# What is installed for each extra, and what it is for.
EXTRAS = {
    "llm": ("openai", "大模型写回答"),
    "mcp": ("mcp", "wenju mcp"),
    "langchain": ("langchain_core", "LangChain"),
    "llamaindex": ("llama_index", "LlamaIndex"),
}
# Instructions that make the bundled model, whose weights are int8, faster.
_FAST = {"avx2": "AVX2", "avx512f": "AVX-512", "avx512_vnni": "VNNI", "avx_vnni": "AVX-VNNI"}
_GIGA = 1e9

_CGROUP = Path("/sys/fs/cgroup/memory.max")
_CPUS, _MEMORY = Path("/proc/cpuinfo"), Path("/proc/meminfo")
_NVIDIA = Path("/proc/driver/nvidia/version")


def environment(index_dir: Path) -> Iterator[tuple[str, str]]:
    """Yield ten lines about this machine and the index in `index_dir`: a name and a sentence."""
    yield "问据", f"{wenju_version() or '未安装'}，Python {platform.python_version()}"
    yield (
        "系统",
        f"{platform.system()} {platform.machine()}，文字编码 {locale.getpreferredencoding(False)}",
    )
    yield "处理器", _processor()
    yield "内存", _memory()
    yield "硬盘", _disk(index_dir)
    yield "显卡", _graphics()
    yield "向量", f"自带的 multilingual-e5-small（int8，处理器，onnxruntime {_of('onnxruntime')}）"
    yield "文字识别", f"RapidOCR {_of('rapidocr')}，处理器，模型随包安装"
    yield "索引", _index(index_dir)
    yield "可选部件", _extras()


def _of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "没有安装"


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _processor() -> str:
    fast = [name for flag, name in _FAST.items() if flag in _flags()]
    told = "、".join(fast) if fast else "没有查到 AVX2，向量会算得慢"
    return f"可用 {_cores()} 核，建索引和识别文字时都用上（{told}）"


def _flags() -> set[str]:
    if not _CPUS.is_file():
        return set()
    lines = _CPUS.read_text(encoding="utf-8", errors="replace").splitlines()
    flags = (line.partition(":")[2] for line in lines if line.startswith("flags"))
    return set(next(flags, "").split())


def _memory() -> str:
    if not _MEMORY.is_file():
        return "没有查到"
    lines = (line.split() for line in _MEMORY.read_text(encoding="ascii").splitlines())
    sizes = {name.rstrip(":"): int(size) * 1024 for name, size, *_ in lines}
    told = f"共 {sizes['MemTotal'] / _GIGA:.1f} GB，可用 {sizes['MemAvailable'] / _GIGA:.1f} GB"
    limit = _CGROUP.read_text(encoding="ascii").strip() if _CGROUP.is_file() else "max"
    return f"{told}，本容器限 {int(limit) / _GIGA:.1f} GB" if limit != "max" else told


def _disk(index_dir: Path) -> str:
    there = next(folder for folder in (index_dir, *index_dir.absolute().parents) if folder.exists())
    usable = "可写" if os.access(there, os.W_OK) else "不可写"
    return f"索引所在处还有 {shutil.disk_usage(there).free / _GIGA:.1f} GB，{usable}"


def _graphics() -> str:
    there = "有 NVIDIA 驱动" if _NVIDIA.is_file() else "没有查到"
    return f"{there}；自带的模型不用显卡，build --model 指定的模型有显卡就用"


def _index(index_dir: Path) -> str:
    try:
        manifest = open_index(index_dir).manifest
    except WenjuError as error:
        return str(error)
    model = "自带的模型" if manifest.model == BUNDLED else manifest.model
    return (
        f"{index_dir}，{manifest.documents} 份文档，{manifest.chunks} 个片段，"
        f"{model}，建立于 {manifest.built_at}"
    )


def _extras() -> str:
    there = [what for package, what in EXTRAS.values() if find_spec(package)]
    missing = [extra for extra, (package, _) in EXTRAS.items() if not find_spec(package)]
    key = "已设" if os.environ.get("OPENAI_API_KEY", "").strip() else "未设"
    told = f"有 {'、'.join(there)}" if there else "没有"
    more = f"；可装 'wenju[{','.join(missing)}]'" if missing else ""
    return f"{told}{more}；OPENAI_API_KEY {key}"
