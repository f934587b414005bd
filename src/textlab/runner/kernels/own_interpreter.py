"""The kernelspec of every notebook: IPython in the interpreter of the command.

A notebook's metadata name the kernel under which somebody saved it last. That kernel may not be installed here, and
even the name python3 may belong to another interpreter, whose libraries the content key would not cover.
"""

from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

KERNEL_NAME = "python3"
LANGUAGE = "python"


class OwnInterpreter(KernelSpecManager):
    """Finds the same kernelspec under every name."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the kernelspec of this process's interpreter."""
        return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())
