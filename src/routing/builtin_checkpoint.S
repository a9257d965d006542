/* The bytes of ROUTELLM_MF_CHECKPOINT and ROUTELLM_SCORE_CHECKPOINT, for builtin_checkpoint.cc. */
    .section .rodata
    .global routellm_mf_checkpoint_begin
    .global routellm_mf_checkpoint_end
    .balign 64
routellm_mf_checkpoint_begin:
    .incbin ROUTELLM_MF_CHECKPOINT
routellm_mf_checkpoint_end:
    .byte 0
    .global routellm_score_checkpoint_begin
    .global routellm_score_checkpoint_end
    .balign 64
routellm_score_checkpoint_begin:
    .incbin ROUTELLM_SCORE_CHECKPOINT
routellm_score_checkpoint_end:
    .byte 0
    .section .note.GNU-stack, "", %progbits
