# C without its comments, line by line. code(line, 0) also empties string and character constants ("" and ''), so that
# what is left is code only; code(line, 1) keeps them. Call code_start() at each file's beginning.

function code_start() {
	in_comment = 0
}

function code(line, keep,    out, end, c) {
	out = ""
	while (line != "") {
		if (in_comment) {
			end = index(line, "*/")
			if (!end)
				return out
			line = substr(line, end + 2)
			in_comment = 0
			out = out " "
		} else if (!match(line, /["']|\/\*|\/\//)) {
			return out line
		} else {
			out = out substr(line, 1, RSTART - 1)
			c = substr(line, RSTART, 1)
			line = substr(line, RSTART)
			if (c == "/") {
				if (substr(line, 2, 1) == "/")
					return out
				in_comment = 1
				line = substr(line, 3)
			} else if (c == "\"" ? match(line, /^"([^"\\]|\\.)*"/) : match(line, /^'([^'\\]|\\.)*'/)) {
				out = out (keep ? substr(line, 1, RLENGTH) : c c)
				line = substr(line, RLENGTH + 1)
			} else
				return out c c
		}
	}
	return out
}
