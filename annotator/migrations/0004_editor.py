import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotator', '0002_backends_and_scores'),
    ]

    operations = [
        migrations.AddField(
            model_name='image',
            name='pyramid_key',
            field=models.CharField(blank=True, default='', help_text='of a large image: its tiles at every level', max_length=255),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='image',
            name='ahead_of',
            field=models.ForeignKey(
                help_text='the open image during which this one was claimed ahead',
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name='+',
                to='annotator.image',
            ),
        ),
        migrations.AddField(
            model_name='user',
            name='preferences',
            field=models.JSONField(blank=True, default=dict, help_text='of the editor: services.preferences names them'),
        ),
    ]
