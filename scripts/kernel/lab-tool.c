// What a shell cannot do in the guest: pulses at an exact rate, a line held by somebody else, memory and processor taken.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

// The simulated interrupt forgets a pulse whose handler did not begin before the next one, as when this machine stops one virtual
// processor and not the other. On one processor the handler (real-time) always comes before the writer (ordinary), as on a board.
static void share_processor(void)
{
	DIR *all = opendir("/proc");
	cpu_set_t last;

	CPU_ZERO(&last);
	CPU_SET((int)sysconf(_SC_NPROCESSORS_ONLN) - 1, &last);
	for (struct dirent *entry; all && (entry = readdir(all));) {
		char path[300], name[32] = "";
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		if (!(file = fopen(path, "r")))
			continue;
		if (fgets(name, sizeof(name), file) && !strncmp(name, "irq/", 4))
			sched_setaffinity(atoi(entry->d_name), sizeof(last), &last);
		fclose(file);
	}
	sched_setaffinity(0, sizeof(last), &last);
}

// pulses HZ COUNT PULL_FILE...: low for half a period on each line in turn, then up again; tells the rate it reached.
static int pulses(double hz, long count, char **files, int lines)
{
	int fds[64];
	struct timespec next;
	long half_ns = (long)(5e8 / hz);
	double begun;

	share_processor();
	for (int i = 0; i < lines && i < 64; i++)
		if ((fds[i] = open(files[i], O_WRONLY)) < 0)
			die(files[i]);
	begun = seconds();
	clock_gettime(CLOCK_MONOTONIC, &next);
	for (long edge = 0; edge < 2 * count; edge++) {
		const char *pull = edge % 2 ? "pull-up" : "pull-down";

		for (int i = 0; i < lines; i++)
			if (pwrite(fds[i], pull, strlen(pull), 0) < 0)
				die("pull");
		next.tv_nsec += half_ns;
		while (next.tv_nsec >= 1000000000L) {
			next.tv_nsec -= 1000000000L;
			next.tv_sec++;
		}
		// Sleeping wakes too late for short periods: the last stretch is spent looking at the clock.
		if (half_ns > 200000)
			clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
		else
			for (double until = next.tv_sec + next.tv_nsec / 1e9; seconds() < until;)
				;
	}
	printf("%.1f\n", count / (seconds() - begun));
	return 0;
}

// hold CHIP LINE NAME: keeps the line as an input under that name until killed.
static int hold(const char *chip, unsigned int line, const char *name)
{
	struct gpio_v2_line_request request = { .num_lines = 1, .config.flags = GPIO_V2_LINE_FLAG_INPUT };
	int fd = open(chip, O_RDONLY);

	if (fd < 0)
		die(chip);
	request.offsets[0] = line;
	strncpy(request.consumer, name, sizeof(request.consumer) - 1);
	if (ioctl(fd, GPIO_V2_GET_LINE_IOCTL, &request) < 0)
		die("request");
	pause();
	return 0;
}

// eat MEGABYTES: takes that much memory and keeps it. burn: keeps one processor busy.
static int eat(size_t megabytes)
{
	char *taken = malloc(megabytes << 20);

	if (!taken)
		die("malloc");
	memset(taken, 1, megabytes << 20);
	pause();
	return taken[0];
}

int main(int argc, char **argv)
{
	if (argc >= 5 && !strcmp(argv[1], "pulses"))
		return pulses(atof(argv[2]), atol(argv[3]), argv + 4, argc - 4);
	if (argc == 5 && !strcmp(argv[1], "hold"))
		return hold(argv[2], (unsigned int)atoi(argv[3]), argv[4]);
	if (argc == 3 && !strcmp(argv[1], "eat"))
		return eat((size_t)atol(argv[2]));
	if (argc == 2 && !strcmp(argv[1], "burn"))
		for (volatile unsigned long n = 0;; n++)
			;
	fprintf(stderr, "lab-tool pulses HZ COUNT FILE... | hold CHIP LINE NAME | eat MB | burn\n");
	return 2;
}
