# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Completion of `trias` for bash: nouns, verbs and options are read from `trias help`, servers from `trias server list`.
_trias () {
  local words noun=${COMP_WORDS[1]} before=${COMP_WORDS[COMP_CWORD-1]}
  # "=" is a word of its own here.
  [ "$before" != = ] || before=${COMP_WORDS[COMP_CWORD-2]}
  case $before in
  --server | -s | --main | --backup | --primary | --secondary | --tertiary | --to | --keep | --with)
    words=$(LANGUAGE=C trias server list 2>/dev/null | sed '1d; s/  .*//')
    ;;
  *)
    case $COMP_CWORD$2 in
    1[!-]* | 1) words="help $(LANGUAGE=C trias help 2>/dev/null | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p' | sort -u)" ;;
    2[!-]* | 2)
      [ "$noun" != help ] || noun=
      words=$(LANGUAGE=C trias help $noun 2>/dev/null |
        sed -n "s/^  ${noun:+$noun }\([a-z][a-z]*\) .*/\1/p" | sort -u)
      ;;
    *)
      words="--server --user --password-file --json --quiet --force --help
        $(LANGUAGE=C trias help "$noun" 2>/dev/null | sed -n "/^  $noun ${COMP_WORDS[2]%%-*}/p" | grep -o -e '--[a-z][a-z-]*')"
      ;;
    esac
    ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "${2#=}")
  [ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- "${2#=}")
}
complete -F _trias trias
