"""How others build against the core: two lines name it, nothing is linked."""

from Cython.Build import cythonize
from setuptools import Extension, setup

import clobstep

extensions = [
    Extension(name, [f"{name}.pyx"], include_dirs=[clobstep.get_include()])
    for name in ("bot", "bidder")
]
setup(name="bot", py_modules=[], ext_modules=cythonize(extensions, quiet=True))
