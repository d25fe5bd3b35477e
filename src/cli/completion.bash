# Completion of mtop in bash. To have it, write into ~/.bashrc:
#   source <(mtop completion bash)
# mtop has to be on the PATH, or to be a function or an alias that was made before.

_mtop() {
  local line=${COMP_LINE:0:COMP_POINT} words=() blank word prefix="" answer directive i
  # Bash parts words at = and : too; what no blank parts belongs together.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    blank=${line%%[![:space:]]*}
    line=${line#"$blank"}
    word=${COMP_WORDS[i]}
    ((i == COMP_CWORD)) && word=$line
    line=${line#"$word"}
    if [[ -z $blank && $i -gt 0 ]]; then
      words[${#words[@]} - 1]+=$word
    else
      words+=("$word")
    fi
  done
  word=${words[${#words[@]} - 1]}
  # And a candidate replaces only what stands behind the last of them.
  [[ $word == *[=:]* && $COMP_WORDBREAKS == *=* ]] && prefix=${word%"${word##*[=:]}"}

  COMPREPLY=()
  answer=$(mtop complete -- "${words[@]:1}" 2>/dev/null) || return 0
  directive=${answer##*:}
  case $directive in
    0) compopt -o default 2>/dev/null || COMPREPLY=($(compgen -f -- "${word#"$prefix"}")) ;;
    16) compopt -o dirnames 2>/dev/null || COMPREPLY=($(compgen -d -- "${word#"$prefix"}")) ;;
    *)
      ((directive & 2)) && compopt -o nospace 2>/dev/null
      while IFS=$'\t' read -r word _; do
        [[ -n $word && $word != :* ]] && COMPREPLY+=("${word#"$prefix"}")
      done <<<"$answer"
      ;;
  esac
  return 0
}

complete -F _mtop mtop
