"""Builds mediasoup's C++ worker from packaged libraries, once per machine. See ../README.md.

`worker` ties the steps together. `inputs` names what a compiled archive depends on, and `cache` keeps archives by that
name. `tools` and `srtp` fetch what apt cannot install. `recipe` says what is compiled and how, `compiler` does it with
Meson and Ninja, and `messages` talks to people.
"""
