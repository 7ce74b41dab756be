/* SysTick of a Cortex-M as a clock, which counts down at the processor's rate. */
#ifndef TICKS_H
#define TICKS_H

#include <stdint.h>

#define SYST_CSR (*(volatile uint32_t *)0xE000E010)
#define SYST_RVR (*(volatile uint32_t *)0xE000E014)
#define SYST_CVR (*(volatile uint32_t *)0xE000E018)
#define LONGEST 0xFFFFFFu

static inline void ticks_begin(void)
{
    SYST_RVR = LONGEST;
    SYST_CVR = 0;
    SYST_CSR = 5; /* enabled, the processor's clock, no interrupt */
}

static inline uint32_t ticks_left(void)
{
    return SYST_CVR;
}

static inline uint32_t ticks_since(uint32_t left)
{
    return (left - SYST_CVR) & LONGEST;
}

#endif
