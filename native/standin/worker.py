"""From mediasoup-sys's source to a compiled archive."""

from . import cache, compiler, inputs, srtp, tools


def archive(source, arguments):
    """Returns the archive of the worker in `source`, from the cache or freshly compiled.

    `arguments` are those of `meson setup` without the build folder.
    """
    root = cache.root()
    options = inputs.meson_options(arguments)
    tarball = srtp.tarball(root)
    collected = inputs.collect(source, options, tarball)

    def build(work):
        return compiler.compile_worker(source, options, tarball, tools.install(root), work)

    return cache.obtain(root, inputs.key(collected), collected, build)
