/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/* Every knob of the BPF programs: read-only data, set before loading, so that the verifier drops what is switched off. */
#ifndef XCAP_CONFIG_BPF_H
#define XCAP_CONFIG_BPF_H

/* -a: rows for idle tasks, too. */
const volatile bool xcap_all = false;
/* Columns that cost something: read only if the output, a filter or --where asks for them. */
const volatile bool xcap_want_cmdline = false;
const volatile bool xcap_want_container = false;

#endif
