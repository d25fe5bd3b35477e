#compdef mtop
# Completion of mtop in zsh. To have it, write into ~/.zshrc, after compinit:
#   source <(mtop completion zsh)
# or write it to a file _mtop in a folder of $fpath. mtop has to be on the PATH, or to be a function;
# of an alias zsh completes what is behind it, unless complete_aliases is set.

_mtop() {
  local answer line value
  local -a asked described space
  (( CURRENT > 2 )) && asked=("${(@Q)words[2,CURRENT-1]}")
  asked+=("${(Q)PREFIX}")
  answer=$(mtop complete -- "${asked[@]}" 2>/dev/null) || return 1
  case ${answer##*:} in
    (0)
      compset -P '--*='
      _files
      return
      ;;
    (16)
      compset -P '--*='
      _files -/
      return
      ;;
    (6) space=(-S '') ;;
  esac
  for line in "${(@f)answer%:*}"; do
    value=${line%%$'\t'*}
    [[ -n $value ]] || continue
    if [[ $line == *$'\t'* ]]; then
      described+=("${value//:/\\:}:${line#*$'\t'}")
    else
      described+=("${value//:/\\:}")
    fi
  done
  _describe mtop described "${space[@]}"
}

# Read by source it is only made known; loaded from $fpath it is being called.
if [[ $funcstack[1] == _mtop ]]; then
  _mtop "$@"
else
  compdef _mtop mtop
fi
