/// The scripts that shells load: they hand the words to the program (`---complete SHELL WORD…`) and show what it answers.
enum CompletionScript: String, CaseIterable {
  case bash, zsh, fish

  var text: String {
    switch self {
    case .bash: Self.bashText
    case .zsh: Self.zshText
    case .fish: Self.fishText
    }
  }

  private static let bashText = #"""
    _slotscope() {
      local line cur=${COMP_WORDS[COMP_CWORD]} program=${1/#\~/$HOME}
      case $cur in '=' | ':') cur= ;; esac
      COMPREPLY=()
      while IFS= read -r line; do
        case $line in
          :files) compopt -o filenames; mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$cur") ;;
          :directories) compopt -o filenames; mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$cur") ;;
          :sources)
            compopt -o filenames
            mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$cur"; compgen -f -X '!*.json' -- "$cur") ;;
          *=) compopt -o nospace; COMPREPLY+=("$line") ;;
          *) COMPREPLY+=("${line%%$'\t'*}") ;;
        esac
      done < <("$program" ---complete bash "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    }
    complete -F _slotscope slotscope

    """#

  private static let zshText = #"""
    #compdef slotscope
    _slotscope() {
      local line word program=${(Q)words[1]}
      local -a described plain before
      before=("${(@Q)words[2,CURRENT-1]}")
      program=${program/#\~/$HOME}
      while IFS= read -r line; do
        case $line in
          :files) [[ $PREFIX == --*=* ]] && compset -P '*='; _files ;;
          :directories) [[ $PREFIX == --*=* ]] && compset -P '*='; _path_files -/ ;;
          :sources) [[ $PREFIX == --*=* ]] && compset -P '*='; _path_files -/; _path_files -g '*.json' ;;
          *$'\t'*) word=${line%%$'\t'*}; described+=("${word//:/\\:}:${line#*$'\t'}") ;;
          *) plain+=("$line") ;;
        esac
      done < <("$program" ---complete zsh "${before[@]}" "${(Q)PREFIX}" 2>/dev/null)
      (( $#described )) && _describe -V 'slotscope' described
      (( $#plain )) && compadd -V slotscope -- "${plain[@]}"
      return 0
    }
    if [[ $funcstack[1] == _slotscope ]]; then _slotscope "$@"; else compdef _slotscope slotscope; fi

    """#

  private static let fishText = #"""
    function __slotscope_complete
        set -l typed (commandline -opc)
        set -l current (commandline -ct)
        set -l program (string replace -r '^~' $HOME -- $typed[1])
        set -l path (string replace -r '^--[^=]*=' '' -- $current)
        for line in (command $program ---complete fish $typed[2..-1] $current 2>/dev/null)
            switch $line
                case :files
                    __fish_complete_path $path
                case :directories
                    __fish_complete_directories $path ''
                case :sources
                    __fish_complete_path $path | string match -r -- '^.*(?:/|\.json)(?:\t.*)?$'
                case '*'
                    echo $line
            end
        end
    end
    complete -c slotscope -f -a '(__slotscope_complete)'

    """#
}
