/* SPDX-License-Identifier: Apache-2.0 */
/* A fuzz target without libFuzzer: feeds it the files, and the files of the
 * directories, it is given. An empty corpus is a mistake. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
	uint8_t *data, *buf;
	size_t size;
	FILE *f;

	f = fopen(path, "re");
	buf = malloc(INPUT_MAX);
	if (f == NULL || buf == NULL) {
		perror(path);
		free(buf);
		if (f != NULL)
			fclose(f);
		return -1;
	}
	size = fread(buf, 1, INPUT_MAX, f);
	fclose(f);
	/* Of its exact size, so that reading beyond it is seen. */
	data = malloc(size > 0 ? size : 1);
	if (data != NULL) {
		memcpy(data, buf, size);
		LLVMFuzzerTestOneInput(data, size);
	}
	free(data);
	free(buf);
	return data != NULL ? 1 : -1;
}

/* The number of files replayed, or -1. */
static int replay_dir(const char *path)
{
	char name[PATH_MAX];
	struct dirent *entry;
	int count = 0;
	DIR *dir;

	dir = opendir(path);
	if (dir == NULL) {
		perror(path);
		return -1;
	}
	while (count >= 0 && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		count = replay_file(name) < 0 ? -1 : count + 1;
	}
	closedir(dir);
	return count;
}

int main(int argc, char **argv)
{
	struct stat st;
	int count = 0, more;

	for (int i = 1; i < argc; i++) {
		more = stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode) ?
			       replay_dir(argv[i]) :
			       replay_file(argv[i]);
		if (more < 0)
			return EXIT_FAILURE;
		count += more;
	}
	printf("%d inputs replayed\n", count);
	return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
