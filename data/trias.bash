# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Completion of `trias` for bash: nouns and verbs are read from `trias help`.
_trias () {
  local words
  case $COMP_CWORD in
  1) words=$(LANGUAGE=C trias help 2>/dev/null | sed -n 's/^  \([a-z]*\) .*/\1/p' | sort -u) ;;
  2) words=$(LANGUAGE=C trias help "${COMP_WORDS[1]}" 2>/dev/null | sed -n 's/^  [a-z]* \([a-z]*\) .*/\1/p' | sort -u) ;;
  *) words='--server --user --password-file --json --force' ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$2")
  [ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- "$2")
}
complete -F _trias trias
