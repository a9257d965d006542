/* The bytes of ROUTELLM_REPORT_PAGE, for report_files.cc. */
    .section .rodata
    .global routellm_report_begin
    .global routellm_report_end
routellm_report_begin:
    .incbin ROUTELLM_REPORT_PAGE
routellm_report_end:
    .byte 0
    .section .note.GNU-stack, "", %progbits
