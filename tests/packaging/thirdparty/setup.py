"""How others build against the core: two lines name it, nothing is linked."""

from Cython.Build import cythonize
from setuptools import Extension, setup

import clobstep

bot = Extension("bot", ["bot.pyx"], include_dirs=[clobstep.get_include()])
setup(name="bot", py_modules=[], ext_modules=cythonize([bot], quiet=True))
