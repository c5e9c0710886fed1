/* SPDX-License-Identifier: Apache-2.0 */
/* What a file is that libtt refuses as a segment: words for people. */
#ifndef SEGMENT_FILE_H
#define SEGMENT_FILE_H

#define SEGMENT_FILE_SIZE 128

/* "it is empty", "layout version 2, and this program reads 1: ..."; "": nothing
 * is wrong with its header. Blocks on no file. */
void segment_file_describe(const char *path, char ret[SEGMENT_FILE_SIZE]);

#endif
