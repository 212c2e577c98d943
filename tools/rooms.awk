# Who may include whom. First file: src/ROOMS; the others: sources under src/.
# The line "# Pure rooms (...): a b c" there names the rooms that may not speak to the network themselves.

FNR == NR {
	if (/^# Pure rooms/) {
		sub(/^[^:]*:/, "")
		sub(/\.[ \t]*$/, "")
		for (i = 1; i <= NF; i++)
			pure[$i] = 1
	} else if (/^[a-z]/) {
		known[$1] = 1
		for (i = 2; i <= NF; i++)
			may[$1, $i] = 1
	}
	next
}

FNR == 1 {
	split(FILENAME, path, "/")
	room = path[2]
}

/^[ \t]*#[ \t]*include[ \t]*"/ {
	split($0, quoted, "\"")
	n = split(quoted[2], part, "/")
	if (n == 1 && quoted[2] ~ /\.inc$/)
		next
	if (n != 2 || !(part[1] in known))
		printf "%s:%d: \"%s\" is not room/file with a room of src/ROOMS\n", FILENAME, FNR, quoted[2]
	else if (part[1] != room && !((room, part[1]) in may))
		printf "%s:%d: %s may not include %s\n", FILENAME, FNR, room, part[1]
}

/^[ \t]*#[ \t]*include[ \t]*</ && (room in pure) &&
/<(sys\/socket|sys\/epoll|netinet\/.*|netdb|poll|curl\/.*|microhttpd|sqlite3)\.h>/ {
	printf "%s:%d: %s is a pure room: no sockets, no database (%s)\n", FILENAME, FNR, room, $0
}
