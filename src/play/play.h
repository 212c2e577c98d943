/*
 * `diwan play` and `diwan demo` (docs/scenarios.md). Both read their own options and return the exit code: 0 everything
 * held, 1 something did not or was refused, 2 the command line is wrong, 5 the machine (disk, processes).
 */
#ifndef PLAY_PLAY_H
#define PLAY_PLAY_H

/* argv[0] is "play" or "demo". */
int play_main(int argc, char **argv);
int demo_main(int argc, char **argv);

#endif
