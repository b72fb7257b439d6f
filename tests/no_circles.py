"""The house's rule that no file leads back to itself, as a contract of import-linter."""

from graphlib import CycleError, TopologicalSorter

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class NoCircles(Contract):
    """No file of these packages imports itself by way of others, inside a function neither.

    import-linter's own ``acyclic_siblings`` compares folders; files of two folders may well need
    each other's neighbours, as long as each file can be read before those that stand on it.
    """

    packages = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        imports = {
            module: graph.find_modules_directly_imported_by(module)
            for package in self.packages  # type: ignore[attr-defined]  # a field gives its value
            for module in graph.find_descendants(package)
        }
        try:
            TopologicalSorter(imports).prepare()
        except CycleError as circle:
            return ContractCheck(kept=False, metadata={"circle": circle.args[1]})
        return ContractCheck(kept=True)

    def render_broken_contract(self, check: ContractCheck) -> None:
        # A sorter names a circle from what is imported to what imports it.
        output.print_error(" <- ".join(check.metadata["circle"]))
