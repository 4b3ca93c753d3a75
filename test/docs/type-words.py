#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""type-words.py SHELL SETUP < LINES

An interactive SHELL (bash or zsh), to which SETUP was typed. Of each line, "TYPED<tab>EXPECTED", TYPED is
typed with a tab behind it: what then stands in the shell's line must be EXPECTED.
"""
import os
import pty
import re
import select
import sys

# A key that prints the line as it stands, and one that empties it.
KEYS = {
    "bash": "bind -x '\"\\C-xl\": echo \"<<${READLINE_LINE}>>\"'; bind '\"\\C-xk\": kill-whole-line'; "
            "bind 'set bell-style none'; bind 'set enable-bracketed-paste off'",
    "zsh": "_show() { print -r -- \"<<$BUFFER>>\" }; zle -N _show; bindkey '^Xl' _show; "
           "bindkey '^Xk' kill-whole-line; unsetopt BEEP PROMPT_SP; setopt NO_LIST_BEEP",
}
ARGUMENTS = {"bash": ["--norc", "--noprofile", "-i"], "zsh": ["-f", "-i"]}


class Shell:
    def __init__(self, name):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(PS1="$ ", TERM="dumb", LC_ALL="C")
            os.execvp(name, [name] + ARGUMENTS[name])
        self.seen = ""

    def type(self, text):
        os.write(self.fd, text.encode())

    def wait_for(self, pattern, seconds=20):
        while True:
            match = re.search(pattern, self.seen, re.S)
            if match:
                self.seen = self.seen[match.end():]
                return match
            if not select.select([self.fd], [], [], seconds)[0]:
                sys.exit(f"the shell says nothing: {self.seen!r}")
            self.seen += os.read(self.fd, 4096).decode(errors="replace")

    def complete(self, line):
        self.type(line + "\t\x18l")
        shown = self.wait_for(r"<<((?:(?!<<).)*?)>>").group(1)
        self.type("\x18k")
        return shown


def main():
    shell = Shell(sys.argv[1])
    for line in (KEYS[sys.argv[1]], sys.argv[2], "echo re''ady"):
        shell.type(line + "\n")
    shell.wait_for(r"ready\r?\n")
    failed = n = 0
    for line in sys.stdin:
        typed, expected = line.rstrip("\n").split("\t")
        shown = shell.complete(typed)
        n += 1
        # behind an option that takes an argument, a shell may put the sign that goes before that
        if shown.rstrip(" =") != expected:
            print(f"'{typed}': '{shown}', expected '{expected}'")
            failed += 1
    print(f"{n} lines typed into {sys.argv[1]}, {failed} not completed as expected")
    sys.exit(failed != 0 or n == 0)


main()
