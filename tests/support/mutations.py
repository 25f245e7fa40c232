"""Small changes to a module, one at a time, such as a slip of the hand makes.

Left alone is what no test could notice, or need not: texts and docstrings, annotations, decorators,
assertions, and what is raised.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Any, NamedTuple

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
FUNCTIONS = {"min": "max", "max": "min", "any": "all", "all": "any"}
SAYINGS = frozenset({"detail", "remedy", "strict"})
"""Arguments that are words for a reader, or only guard against slips of our own."""


class Site(NamedTuple):
    """A place in a tree: one attribute of a node, or one item of it, and what may stand there."""

    shown: ast.expr | ast.stmt | None  # the code to show to a reader; None: what is exchanged
    within: str
    node: ast.AST
    attribute: str
    item: int | None
    instead: tuple[Any, ...]

    def put(self, value: Any) -> Any:
        """Put another value there; answer the one that stood there."""
        held = getattr(self.node, self.attribute)
        if self.item is None:
            setattr(self.node, self.attribute, value)
            return held
        before, held[self.item] = held[self.item], value
        return before


class Change(NamedTuple):
    """A change to a file: the lines that it touches, and what stands there before and after."""

    path: str
    lines: range
    within: str
    before: str
    after: str
    site: int
    choice: int

    def __str__(self) -> str:
        """Say where it is and what it changes."""
        where = f"{self.path}:{self.lines.start}"
        return f"{where}: in {self.within}: `{self.before}` -> `{self.after}`"


def changes(root: Path, path: str) -> Iterator[list[Change]]:
    """The changes to a file, a list a place."""
    for number, site in enumerate(_sites(root / path)):
        found = []
        for choice, value in enumerate(site.instead):
            before = site.shown and ast.unparse(site.shown)
            held = site.put(value)
            after = ast.unparse(site.shown or value)
            site.put(held)
            shown = site.shown or held
            lines = range(shown.lineno, (shown.end_lineno or shown.lineno) + 1)
            before = before or ast.unparse(held)
            found.append(Change(path, lines, site.within, before, after, number, choice))
        yield found


def changed(root: Path, change: Change) -> CodeType:
    """The compiled module with the change in it."""
    tree = ast.parse((root / change.path).read_bytes())
    site = list(_sites(root / change.path, tree))[change.site]
    site.put(site.instead[change.choice])
    ast.fix_missing_locations(tree)
    return compile(tree, str(root / change.path), "exec", dont_inherit=True)


def _sites(file: Path, tree: ast.Module | None = None) -> list[Site]:
    finder = _Finder()
    finder.visit(tree or ast.parse(file.read_bytes()))
    return finder.found


class _Finder(ast.NodeVisitor):
    """Collects the places of a tree that may be changed, in the order of the text."""

    def __init__(self) -> None:
        self.found: list[Site] = []
        self.scope: list[str] = []
        self.around: list[ast.AST] = []

    def visit(self, node: ast.AST) -> None:
        """Look into a node, keeping in mind what stands around it."""
        self.around.append(node)
        super().visit(node)
        self.around.pop()

    def add(
        self,
        node: ast.AST,
        instead: tuple[Any, ...],
        attribute: str,
        item: int | None = None,
        shown: ast.expr | ast.stmt | None = None,
    ) -> None:
        """Note a place."""
        within = ".".join(self.scope) or "the module"
        self.found.append(Site(shown, within, node, attribute, item, instead))

    def each(self, nodes: list[Any]) -> None:
        """Look into these, where there are any."""
        for node in nodes:
            if node is not None:
                self.visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        if node.name != "__repr__":
            self.scope.append(node.name)
            self.each([*node.args.defaults, *node.args.kw_defaults, *node.body])
            self.scope.pop()

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.each([*node.args.defaults, node.body])

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.scope.append(node.name)
        self.each(node.body)
        self.scope.pop()

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.each([node.value])

    def visit_Assert(self, node: ast.Assert) -> None:
        """Leave assertions alone."""

    visit_Raise = visit_JoinedStr = visit_Assert  # noqa: N815

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Call) and ast.unparse(node.value.func) != "assert_never":
            self.add(node, (ast.Constant(None),), "value")  # the call is dropped
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        for item, operator in enumerate(node.ops):
            instead = tuple(kind() for kind in COMPARISONS[type(operator)])
            self.add(node, instead, "ops", item, node)
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        self.add(node, (ast.Or() if isinstance(node.op, ast.And) else ast.And(),), "op", None, node)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not):
            self.add(node, (ast.UnaryOp(ast.Not(), node.operand),), "operand", None, node)
        elif isinstance(node.op, ast.USub):
            self.add(node, (ast.UAdd(),), "op", None, node)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        texts = any(
            isinstance(side, ast.JoinedStr) or _text(side) for side in ast.iter_child_nodes(node)
        )
        union = isinstance(node.op, ast.BitOr) and not self.scope
        if type(node.op) in ARITHMETIC and not texts and not union:
            self.add(node, (ARITHMETIC[type(node.op)](),), "op", None, node)
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if type(node.op) in ARITHMETIC:
            self.add(node, (ARITHMETIC[type(node.op)](),), "op", None, node)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS:
            self.add(node.func, (FUNCTIONS[node.func.id],), "id", None, node)
        kept = [word.value for word in node.keywords if word.arg not in SAYINGS]
        self.each([node.func, *node.args, *kept])

    def visit_If(self, node: ast.If | ast.IfExp | ast.While) -> None:
        self.condition(node, node.test, "test")
        self.generic_visit(node)

    visit_IfExp = visit_While = visit_If  # noqa: N815

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for item, test in enumerate(node.ifs):
            self.condition(node, test, "ifs", item)
        self.generic_visit(node)

    def condition(
        self, node: ast.AST, test: ast.expr, attribute: str, item: int | None = None
    ) -> None:
        """Note a condition to turn round, where no operator of its own could be."""
        if not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp):
            self.add(node, (ast.UnaryOp(ast.Not(), test),), attribute, item)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if not (isinstance(node.value, ast.Name) and node.value.id == "Literal"):
            self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        holder = self.around[-2]
        shown = holder if isinstance(holder, ast.expr) else node
        if isinstance(node.value, bool):
            self.add(node, (not node.value,), "value", None, shown)
        elif isinstance(node.value, int):
            self.add(node, (node.value + 1, node.value - 1), "value", None, shown)


def _text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
