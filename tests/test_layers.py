import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FORBIDDEN = {"index": {"rag", "ui", "gradio", "typer"}, "rag": {"ui", "gradio", "typer"}}


def imported(path: Path) -> set[str]:
    """Return the top-level names that a module imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.add((node.module or "").split(".")[0])
    return names


@pytest.mark.parametrize("layer", FORBIDDEN)
def test_imports_go_from_ui_to_rag_to_index_only(layer: str) -> None:
    modules = list((ROOT / layer).rglob("*.py"))
    assert modules
    for path in modules:
        assert not imported(path) & FORBIDDEN[layer], path


def test_the_public_names_are_there() -> None:
    import index
    import rag

    assert set(index.__all__) >= {"Index", "build", "open_index"}
    assert set(rag.__all__) >= {"Assistant", "Retriever", "Turn"}
    for module in (index, rag):
        assert all(hasattr(module, name) for name in module.__all__)


def test_asking_imports_neither_torch_nor_gradio(index_dir: Path) -> None:
    code = (
        "import sys; from index import open_index; from rag import Assistant\n"
        f"answer = Assistant(open_index({str(index_dir)!r})).ask('好评率是多少')\n"
        "assert answer.grounded, answer\n"
        "heavy = {'torch', 'transformers', 'gradio', 'sentence_transformers'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
