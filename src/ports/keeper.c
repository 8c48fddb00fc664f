/*
 * The relay keeper: a process of its own that shares the open relay lines of the program and drives them to their safe
 * state when the program stops beating or ends. It needs no memory and waits for nobody. The same as keeper-node.ts.
 *
 * keeper LIMIT_MS LINE...     one LINE for each descriptor from 3 on: c0 c1 a requested GPIO line, f0 f1 a file of sysfs;
 *                             the digit is the safe level, as the line counts it (active = 1).
 * stdin   "beat\n" the program is well; "bye\n" it leaves in good order. All else is passed over. The end of it: the program died.
 * stdout  "ready\n" once; "ok\n" for each beat; "safe silence N\n" the lines were driven safe, N of them do not read so.
 * stderr  what is said when nobody else is left to say it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_FD = 3, AGAIN_MS = 500 };

static char **lines;
static int count;

static long long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void say(int fd, const char *text) {
  if (write(fd, text, strlen(text)) < 0) return; /* nobody listens: the lines matter, not the words */
}

/* Whether the line reads as it was driven. */
static int drive(int fd, const char *line) {
  int level = line[1] - '0';
  if (line[0] == 'c') {
    struct gpio_v2_line_values values = {.bits = (unsigned)level, .mask = 1};
    if (ioctl(fd, GPIO_V2_LINE_SET_VALUES_IOCTL, &values) < 0) return 0;
    values.bits = !level;
    return ioctl(fd, GPIO_V2_LINE_GET_VALUES_IOCTL, &values) == 0 && (int)(values.bits & 1) == level;
  }
  char digit = 0;
  return pwrite(fd, &line[1], 1, 0) == 1 && pread(fd, &digit, 1, 0) == 1 && digit == line[1];
}

/* How many lines do not obey. */
static int make_safe(void) {
  int failed = 0;
  for (int i = 0; i < count; i++) failed += !drive(FIRST_FD + i, lines[i]);
  return failed;
}

/* The program is gone: holds the lines until somebody ends this process, as the next start does. */
static void hold_alone(void) {
  char text[160];
  int failed = make_safe();
  prctl(PR_SET_NAME, "boxe-orphan");
  if (failed == 0) snprintf(text, sizeof text, "boxenergie-keeper: the program ended, %d relay lines were made safe\n", count);
  else snprintf(text, sizeof text, "boxenergie-keeper: the program ended, %d of %d relay lines do not obey\n", failed, count);
  say(2, text);
  for (;;) {
    poll(NULL, 0, AGAIN_MS);
    make_safe();
  }
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  long long limit_ms = atoll(argv[1]);
  lines = argv + 2;
  count = argc - 2;
  for (int i = 0; i < count; i++) {
    const char *line = lines[i];
    if (strlen(line) != 2 || strchr("cf", line[0]) == NULL || strchr("01", line[1]) == NULL || fcntl(FIRST_FD + i, F_GETFD) < 0) return 2;
  }
#ifdef SYS_close_range
  /* What came along unasked: a serial port held here would stay locked after the program let it go. */
  syscall(SYS_close_range, FIRST_FD + count, ~0U, 0);
#endif
  signal(SIGPIPE, SIG_IGN);
  signal(SIGINT, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  prctl(PR_SET_NAME, "boxe-keeper");
  fcntl(1, F_SETFL, fcntl(1, F_GETFL) | O_NONBLOCK);
  mlockall(MCL_CURRENT); /* allowed or not: a machine that swaps must not delay it */
  say(1, "ready\n");

  char word[8], input[256];
  size_t length = 0;
  long long due_ms = -1; /* until the first beat there is nothing to miss */
  int silent = 0;
  for (;;) {
    long long left_ms = due_ms < 0 ? -1 : due_ms - now_ms();
    struct pollfd wait = {.fd = 0, .events = POLLIN};
    int ready = poll(&wait, 1, due_ms < 0 ? -1 : left_ms < 0 ? 0 : (int)left_ms);
    if (ready > 0) {
      ssize_t got = read(0, input, sizeof input);
      if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) hold_alone();
      for (ssize_t i = 0; i < got; i++) {
        if (input[i] != '\n') {
          if (length < sizeof word) word[length] = input[i];
          length = length < sizeof word ? length + 1 : length; /* too long to be a word: passed over up to its end */
          continue;
        }
        if (length == 3 && memcmp(word, "bye", 3) == 0) return 0;
        if (length == 4 && memcmp(word, "beat", 4) == 0) {
          due_ms = now_ms() + limit_ms;
          silent = 0;
          say(1, "ok\n");
        }
        length = 0;
      }
    }
    /* Also while other bytes come: only a beat is a sign of life. */
    if (due_ms >= 0 && now_ms() >= due_ms) {
      int failed = make_safe();
      due_ms = now_ms() + AGAIN_MS;
      if (!silent) {
        char text[40];
        snprintf(text, sizeof text, "safe silence %d\n", failed);
        say(1, text);
      }
      silent = 1;
    }
  }
}
