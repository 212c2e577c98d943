# Completion of diwan's commands and options for bash. The names come from `diwan help` (indented lines that begin with
# a name) and `diwan help COMMAND` (--options), so this file needs no change when a command is added.

_diwan()
{
	local word=${COMP_WORDS[COMP_CWORD]} names
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		names=$("${COMP_WORDS[0]}" help 2>/dev/null | sed -n 's/^  *\(diwan \)\{0,1\}\([a-z][a-z-]*\).*/\2/p')
	elif [ "${word#-}" != "$word" ]; then
		names=$("${COMP_WORDS[0]}" help "${COMP_WORDS[1]}" 2>/dev/null | grep -o -e '--[a-z][a-z-]*' | sort -u)
	else
		return
	fi
	mapfile -t COMPREPLY < <(compgen -W "$names" -- "$word")
}
complete -o default -F _diwan diwan
