# Completion of mtop in fish. To have it:
#   mtop completion fish > ~/.config/fish/completions/mtop.fish
# mtop has to be on the PATH, or to be a function or an alias.

function __mtop_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -l answer (mtop complete -- $words[2..-1] "$word" 2>/dev/null)
    or return
    # Paths are fish's to find; what is before them in the word stays.
    set -l before (string match -r -- '^--[^=]*=' "$word")
    set -l path (string replace -r -- '^--[^=]*=' '' "$word")
    switch $answer[-1]
        case :0
            printf "$before%s\n" (__fish_complete_path "$path")
        case :16
            printf "$before%s\n" (__fish_complete_directories "$path" '')
        case '*'
            test (count $answer) -gt 1
            and printf '%s\n' $answer[1..-2]
    end
end

complete -c mtop -f -a '(__mtop_complete)'
